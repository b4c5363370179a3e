// HTTP digest against what the RFCs print, and the challenges that platforms send.
import { describe, expect, it } from "vitest";
import { digestResponse } from "../../src/adapters/digest.ts";
import { readChallenge } from "../../src/adapters/digest-challenge.ts";

describe("published answers", () => {
  const rfc7616 = {
    user: "Mufasa",
    realm: "http-auth@example.org",
    password: "Circle of Life",
    method: "GET",
    uri: "/dir/index.html",
    nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    counted: { nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" },
  };
  it.each([
    [
      "RFC 2617, 3.5",
      {
        ...{ hash: "md5", user: "Mufasa", realm: "testrealm@host.com", password: "Circle Of Life", method: "GET" },
        ...{ uri: "/dir/index.html", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093" },
        counted: { nc: "00000001", cnonce: "0a4f113b" },
      },
      "6629fae49393a05397450978507c4ef1",
    ],
    ["RFC 7616, 3.9.1, MD5", { ...rfc7616, hash: "md5" }, "8ca523f5e9506fed4657c9700eebdbec"],
    [
      "RFC 7616, 3.9.1, SHA-256",
      { ...rfc7616, hash: "sha256" },
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ],
    [
      "a GA/T 1400 platform's registering",
      {
        ...{ hash: "md5", user: "32050000001190000417", realm: "viid.example", password: "g4te-East", method: "POST" },
        ...{ uri: "/VIID/System/Register", nonce: "9f3c2a77e1d04b58" },
        counted: { nc: "00000001", cnonce: "5a1c0e77b2" },
      },
      "e753205e4b989ef5b3de2bfd3c877b63",
    ],
  ])("%s", (_, terms, response) => expect(digestResponse(terms)).toBe(response));
});

describe("a challenge", () => {
  const who = { user: "32050000001190000417", password: "g4te-East" };
  const answerTo = (headers: readonly string[]) =>
    readChallenge(headers, who, () => "5a1c0e77b2")?.answer("POST", "/VIID/System/Register");
  const platform = 'Digest realm="viid.example", qop="auth", algorithm=MD5, nonce="9f3c2a77e1d04b58", opaque="7c1f"';

  it("is answered with every word that the platform gave", () =>
    expect(answerTo([platform])).toBe(
      'Digest username="32050000001190000417", realm="viid.example", nonce="9f3c2a77e1d04b58", uri="/VIID/System/Register", ' +
        'qop=auth, nc=00000001, cnonce="5a1c0e77b2", response="e753205e4b989ef5b3de2bfd3c877b63", opaque="7c1f", algorithm=MD5',
    ));
  it("the strongest is taken, wherever it stands", () => {
    const strong = platform.replace("MD5", "SHA-256");
    for (const headers of [[platform, strong], [`${platform}, ${strong}`], ['Basic realm="x"', strong], [strong]])
      expect(answerTo(headers)).toContain("algorithm=SHA-256");
  });
  it.each([
    ["Basic, which hands the password over", 'Basic realm="viid"'],
    ["auth-int alone", platform.replace('"auth"', '"auth-int"')],
    ["a hash that we don't know", platform.replace("MD5", "SHA-1")],
    ["no nonce", 'Digest realm="viid.example", qop="auth"'],
    ["the -sess kind of before RFC 2617", 'Digest realm="legacy", nonce="n", algorithm=MD5-sess'],
    ["nothing", ""],
  ])("%s is not answered", (_, header) => expect(answerTo([header])).toBeUndefined());
  it("of before RFC 2617 (no qop) is answered without a count", () => {
    const said = answerTo(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']);
    expect(said).toMatch(
      /^Digest username="\d{20}", realm="testrealm@host.com", nonce="\w+", uri="\S+", response="[0-9a-f]{32}"$/,
    );
  });
  it("of the -sess kind binds the password to this nonce", () => {
    const plain = answerTo([platform]);
    const session = answerTo([platform.replace("MD5", "MD5-sess")]);
    expect(session).toContain("algorithm=MD5-sess");
    expect(/response="(\w+)"/.exec(session ?? "")?.[1]).not.toBe(/response="(\w+)"/.exec(plain ?? "")?.[1]);
  });
  it("each answer has a count of its own", () => {
    const met = readChallenge([platform], who, () => "5a1c0e77b2");
    const counts = [1, 2, 3].map(() => /nc=(\d+)/.exec(met?.answer("GET", "/") ?? "")?.[1]);
    expect(counts).toEqual(["00000001", "00000002", "00000003"]);
  });
  it("hides the name where it is asked to (RFC 7616, 3.4.4, 3.9.2 as corrected by erratum 4897)", () => {
    const header =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ' +
      'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true';
    const jason = { user: "Jäsøn Doe", password: "Secret, or not?" };
    const said = readChallenge([header], jason, () => "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v")?.answer(
      "GET",
      "/doe.json",
    );
    expect(said).toContain('username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"');
    expect(said).toContain("userhash=true");
    expect(said).not.toContain("Doe");
    expect(/response="(\w+)"/.exec(said ?? "")?.[1]).toBe(
      "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
    );
  });
});
