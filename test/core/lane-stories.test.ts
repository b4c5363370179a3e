import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tell } from "./lane-story.ts";

const folder = new URL("../stories/", import.meta.url);
const stories = readdirSync(folder).filter((name) => name.endsWith(".txt"));

describe("stories of the lane", () => {
  it("are at least twenty", () => {
    expect(stories.length).toBeGreaterThanOrEqual(20);
  });

  it.each(stories)("%s", (name) => {
    const { expected, told } = tell(readFileSync(new URL(name, folder), "utf8"));
    expect(told).toEqual(expected);
  });

  it.each([
    ["a line that isn't one", "# x\n1.0 granted g1\nsoon granted g2"],
    ["an unknown event", "# x\n1.0 cow on the loop"],
    ["an unknown option", "# x\ncolour: red\n1.0 granted g1"],
    ["no event at all", "# x\nkind: vehicle"],
    ["no moral", "1.0 granted g1"],
  ])("refuses %s", (_, text) => {
    expect(() => tell(text)).toThrow();
  });
});
