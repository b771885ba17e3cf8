// An OpenID provider that is not ours: panva's certified oidc-provider, run by
// the tests as a child process. Anybody signs in under any name. Its answers
// are right until a fault is set, which breaks one rule of one answer.
//
//   node op.mjs '{"port":0,"clients":[{"id":"…","secret":"…","redirect":"…"}]}'
//
// It prints its issuer on the first line and ends when its input does. Beside
// the provider, and out of a client's sight:
//
//   POST /__fault/NAME   misbehave so from now on; "none" ends it
//   POST /__rotate       go over to a new signing key
//   GET  /__counts       how often each route was asked

import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import * as jose from 'jose';

const { port, clients } = JSON.parse(process.argv[2]);
const server = createServer();
await new Promise((up) => server.listen(port, '127.0.0.1', up));
const issuer = `http://localhost:${server.address().port}`;

const evil = await newKey('evil');
let key, provider, fault = 'none', keys = 0;
const counts = {};
await rotate();

async function newKey(kid) {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey };
}

// rotate is what an operator does: the provider starts anew, with a new key
// that has a new id, and shows the old one no more.
async function rotate() {
  key = await newKey(`key-${++keys}`);
  const jwk = { ...(await jose.exportJWK(key.privateKey)), kid: key.kid, alg: 'RS256', use: 'sig' };
  provider = new Provider(issuer, {
    clients: clients.map((c) => ({
      client_id: c.id,
      client_secret: c.secret,
      redirect_uris: [c.redirect],
      id_token_signed_response_alg: 'RS256',
    })),
    jwks: { keys: [jwk] },
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (ctx, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `${sub} of the test`,
        preferred_username: sub,
        email: `${sub}@example.test`,
        email_verified: true,
      }),
    }),
  });
  provider.use(spoil);
}

// The faults of an ID token: each changes the claims, and may say how to sign.
const tokenFaults = {
  'bad-sig': () => ({ sign: (claims) => rs256(claims, { ...evil, kid: key.kid }) }),
  'alg-none': () => ({ sign: unsigned }),
  'alg-hs256': () => ({ sign: hs256 }),
  'kid-unknown': () => ({ sign: (claims) => rs256(claims, evil) }),
  'nonce-wrong': (claims) => { claims.nonce = 'of-another-sign-in'; },
  'nonce-missing': (claims) => { delete claims.nonce; },
  'aud-wrong': (claims) => { claims.aud = 'another-client'; },
  'aud-extra': (claims) => { claims.aud = [claims.aud, 'another-client']; },
  'iss-wrong': (claims) => { claims.iss = 'https://evil.example'; },
  'azp-wrong': (claims) => { claims.azp = 'another-client'; },
  'exp-past': (claims) => { claims.exp = claims.iat - 3600; },
  'iat-missing': (claims) => { delete claims.iat; },
};

// The faults of the other answers.
const otherFaults = {
  'userinfo-sub-wrong': (ctx) => { if (ctx.oidc.route === 'userinfo') ctx.body.sub = 'somebody-else'; },
  'redirect-iss-wrong': (ctx) => redirect(ctx, (q) => q.set('iss', 'https://evil.example')),
  'redirect-iss-missing': (ctx) => redirect(ctx, (q) => q.delete('iss')),
};

// spoil runs around the provider's own answer and changes it afterwards.
async function spoil(ctx, next) {
  await next();
  const route = ctx.oidc?.route;
  if (!route) return;
  counts[route] = (counts[route] ?? 0) + 1;
  otherFaults[fault]?.(ctx);
  if (route === 'token' && ctx.body.id_token && tokenFaults[fault]) {
    const claims = jose.decodeJwt(ctx.body.id_token);
    const { sign } = tokenFaults[fault](claims) ?? {};
    ctx.body.id_token = await (sign ?? ((c) => rs256(c, key)))(claims);
  }
}

function rs256(claims, { kid, privateKey }) {
  return new jose.SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
}

function hs256(claims) {
  const { secret } = clients.find((c) => c.id === claims.aud);
  return new jose.SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

function unsigned(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

// redirect changes the parameters with which the browser is sent back.
function redirect(ctx, change) {
  const location = ctx.response.get('location') ?? '';
  if (!clients.some((c) => location.startsWith(`${c.redirect}?`))) return;
  const to = new URL(location);
  change(to.searchParams);
  ctx.set('location', to.href);
}

// control answers the tests; an unknown word is 404, so that none tests nothing.
async function control(path) {
  const [, command, name] = path.split('/');
  if (command === '__counts') return counts;
  if (command === '__rotate') return rotate().then(() => ({ kid: key.kid }));
  if (command !== '__fault' || !(name === 'none' || name in tokenFaults || name in otherFaults)) return undefined;
  fault = name;
  return { fault };
}

server.on('request', async (req, res) => {
  if (!req.url.startsWith('/__')) return provider.callback()(req, res);
  const said = await control(req.url);
  res.writeHead(said ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? null));
});

process.stdin.resume().on('end', () => process.exit(0));
console.log(issuer);
