// node's oidc-provider (certified by the OpenID Foundation) on a port of loopback, with a key of each kind.
// Its argument is its clients, as JSON; it prints its port and serves until it is killed.
import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import { Provider } from "oidc-provider";

const clients = JSON.parse(process.argv[1]);
const pair = (kind, options) => generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" });
const keys = [
  { ...pair("rsa", { modulusLength: 2048 }), kid: "rsa", use: "sig" },
  { ...pair("ec", { namedCurve: "P-256" }), kid: "ec", use: "sig" },
  { ...pair("ed25519", {}), kid: "ed", use: "sig" },
];
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://localhost:${port}`, {
    clients,
    jwks: { keys },
    cookies: { keys: ["only here"] },
    scopes: ["openid", "email", "profile", "groups"],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true, name: "Ana", groups: ["staff"] }),
    }),
  });
  server.on("request", provider.callback());
  console.log(port);
});
