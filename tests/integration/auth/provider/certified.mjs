// The certified OpenID provider `oidc-provider` with one client, standing in for Google: e-mail in
// the id_token, PKCE required. `PUT /account` says who sits before the browser; the page that
// follows has one button. Started by certified_provider.py, which gives PORT, PACKAGES, CLIENT_ID,
// CLIENT_SECRET and REDIRECT_URI.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { PORT, PACKAGES, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const find = createRequire(`${PACKAGES}/`);
const { Provider } = await import(pathToFileURL(find.resolve("oidc-provider")).href);
const issuer = `http://127.0.0.1:${PORT}`;
let account = { sub: "1", email: "somebody@example.com", email_verified: true };

const provider = new Provider(issuer, {
  clients: [{
    client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: "client_secret_basic",
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["only for tests"] },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...account, sub: id }) }),
  async loadExistingGrant(context) {
    const { client, session } = context.oidc;
    const grant = new context.oidc.provider.Grant({
      clientId: client.clientId, accountId: session.accountId,
    });
    grant.addOIDCScope("openid email");
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (request, response) => {
  if (request.method === "PUT" && request.url === "/account") {
    let body = "";
    for await (const chunk of request) body += chunk;
    account = JSON.parse(body);
    response.writeHead(204).end();
  } else if (request.url.startsWith("/interaction/") && request.method === "GET") {
    response.writeHead(200, { "content-type": "text/html" }).end(
      `<!doctype html><html lang="en"><title>Sign in</title><form method="post">` +
      `<button>Continue as ${account.email}</button></form>`);
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { accountId: account.sub } });
  } else {
    answer(request, response);
  }
}).listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
