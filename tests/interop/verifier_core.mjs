// Asks two Node peers: verifier-core to verify, Digital Bazaar to issue. A list of requests in, a list of answers out.
// No request leaves the process: `documents` of a request is all of the web there is.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as bazaar from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalcredentials/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalcredentials/ed25519-verification-key-2020';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as dcc from '@digitalcredentials/vc';
import {text} from 'node:stream/consumers';
import {verifyCredential} from '@digitalcredentials/verifier-core';

console.log = console.error; // the answer alone goes to stdout

let documents, asked;
globalThis.fetch = async input => {
  const url = typeof input === 'string' ? input : (input.url ?? input.href);
  asked.push(url);
  const found = documents[url];
  return new Response(found ?? '{}', {
    status: found === undefined ? 404 : 200, headers: {'content-type': 'application/json'}
  });
};

const documentLoader = async url => {
  if(!documents[url]) {
    throw new Error(`not given: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: JSON.parse(documents[url])};
};

const actions = {
  async verify({credential, registries}) {
    const {log, errors} = await verifyCredential({credential, knownDIDRegistries: registries});
    return {log, errors};
  },
  async 'eddsa-rdfc-2022'({credential, key}) {
    const signer = (await Ed25519Multikey.from(key)).signer();
    return bazaar.issue({credential, documentLoader, suite: new DataIntegrityProof({signer, cryptosuite})});
  },
  async 'Ed25519Signature2020'({credential, key}) {
    const pair = await Ed25519VerificationKey2020.from({
      ...key, type: 'Ed25519VerificationKey2020', privateKeyMultibase: key.secretKeyMultibase
    });
    return dcc.issue({credential, documentLoader, suite: new Ed25519Signature2020({key: pair})});
  }
};

const answers = [];
for(const request of JSON.parse(await text(process.stdin))) {
  documents = request.documents;
  asked = [];
  try {
    answers.push({answer: await actions[request.action](request), asked});
  } catch(error) {
    answers.push({error: `${error}`, asked});
  }
}
process.stdout.write(JSON.stringify(answers, (name, value) => value instanceof Error ? `${value}` : value));
