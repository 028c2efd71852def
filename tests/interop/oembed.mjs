// Asks for each link of stdin, by @extractus/oembed-extractor: the page names its provider (`discover`), or the
// provider is known before, as in the lists that such clients come with.
import { readFileSync } from "node:fs";
import { extract, setProviderList } from "@extractus/oembed-extractor";

const { base, links, params } = JSON.parse(readFileSync(0, "utf8"));
const here = (url, init) => fetch(url.replace("https://", "http://"), init); // it knows https endpoints only
const told = {};
for (const known of [false, true]) {
  const schemes = [`${base}/badges/*`, `${base}/p/*`];
  setProviderList(known ? [{ endpoints: [{ url: `${base}/oembed`, schemes }] }] : []);
  for (const url of links) {
    told[`${known ? "known" : "discover"} ${url}`] = await extract(url, params, here).catch((error) => error.message);
  }
}
console.log(JSON.stringify(told));
