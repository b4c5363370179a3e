/** What is wrong between a profile's link and the rest of it. */
import type { Finding } from "./load.ts";
import type { DeviceProfile } from "./profile.ts";

/** Link, framing, payload and parameters that don't go together. */
export function linkFindings(profile: DeviceProfile): Finding[] {
  const findings: Finding[] = [];
  const { link, framing, payload } = profile;
  if (link.via === "serial" && framing === undefined)
    findings.push({
      where: "/link",
      message: "a serial link needs `framing`",
      hint: "say how frames are cut out of the bytes",
    });
  if (link.via !== "serial" && framing !== undefined)
    findings.push({ where: "/framing", message: "a message is whole already", hint: "take `framing` out" });
  if (link.via === "serial" && payload !== (framing?.cut === "line" ? "text" : "bytes"))
    findings.push({
      where: "/payload",
      message: "on a line, `text` goes with `line` framing and `bytes` with the others",
    });
  const known = Object.keys(profile.params ?? {});
  const patterns = link.via === "serial" ? [] : link.via === "mqtt" ? link.listen : link.paths;
  const captures = patterns.flatMap((topic) => [...topic.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot.slice(1, -1)));
  const named = [...captures, ...(profile.identity ?? []).map((place) => place.param)];
  for (const name of new Set(named.filter((name) => !known.includes(name))))
    findings.push({ where: "/params", message: `the parameter \`${name}\` is used but not declared` });
  if (link.via === "http" && link.paths.length === 0 && link.calls === undefined)
    findings.push({ where: "/link", message: "it neither calls us nor is called", hint: "add `paths` or `calls`" });
  return [...findings, ...(link.via === "http" ? requestFindings(profile) : [])];
}

/** A request carries no mark of when it was first sent: only the device's own words tell a stored record from a fresh one. */
function requestFindings(profile: DeviceProfile): Finding[] {
  return profile.messages.flatMap((kind, index) =>
    (kind.reports ?? []).flatMap((report) => {
      if (report.is !== "presented" && report.is !== "stranger") return [];
      return (["eventId", "deviceTimeMs"] as const)
        .filter((key) => report[key] === undefined)
        .map((key) => ({
          where: `/messages/${index}`,
          message: `over HTTP a \`${report.is}\` needs \`${key}\``,
          hint: "a device sends the same request again, hours later too",
        }));
    }),
  );
}
