// Measures @digitalbazaar/vc on request: one JSON object a line in, one out. The first line is the set-up.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {createInterface} from 'node:readline';
import * as vc from '@digitalbazaar/vc';

let setup, loader, cases;

async function prepare(message) {
  setup = message;
  const key = await Ed25519Multikey.from(setup.key);
  loader = async url => {
    const document = setup.documents[url];
    if(!document) {
      throw new Error(`not given: ${url}`);
    }
    // A static tag lets the library keep the processed context: its fastest way.
    const tag = url.includes('context') || url.includes('credentials') ? 'static' : undefined;
    return {contextUrl: null, documentUrl: url, document, tag};
  };
  const issue = credential => vc.issue({
    credential: structuredClone(credential), documentLoader: loader,
    suite: new DataIntegrityProof({signer: key.signer(), cryptosuite, date: setup.created})
  });
  const verify = async credential => {
    const result = await vc.verifyCredential({
      credential, documentLoader: loader, now: new Date(setup.now),
      suite: new DataIntegrityProof({cryptosuite}), checkStatus: async () => ({verified: true})
    });
    if(!result.verified) {
      throw result.error;
    }
  };
  const signed = {badge: await issue(setup.badge), endorsement: await issue(setup.endorsement)};
  cases = {
    'issue-badge': () => issue(setup.badge),
    'verify-badge': () => verify(signed.badge),
    'issue-endorsement': () => issue(setup.endorsement),
    'verify-endorsement': () => verify(signed.endorsement)
  };
  for(const run of Object.values(cases)) {
    for(let i = 0; i < 80; ++i) {
      await run(); // let the compiler warm up
    }
  }
  return {signed};
}

async function measure({case: name, count}) {
  const start = process.cpuUsage();
  for(let i = 0; i < count; ++i) {
    await cases[name]();
  }
  const {user, system} = process.cpuUsage(start);
  return {us: (user + system) / count};
}

for await (const line of createInterface({input: process.stdin})) {
  const message = JSON.parse(line);
  let answer;
  try {
    answer = message.case ? await measure(message) : await prepare(message);
  } catch(error) {
    answer = {error: `${error}: ${JSON.stringify(error.errors?.map(String) ?? error.details ?? '')}`};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
