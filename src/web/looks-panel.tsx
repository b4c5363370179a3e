/** Text size, day or night, and language: three rows of large buttons, the same on every page. */
import type { JSX } from "preact";
import type { Sentence } from "../shell/desk.ts";
import { type Language, language, s, say, speak } from "./language.ts";
import { SIZES, type Size, size, THEMES, type Theme, theme } from "./looks.ts";

const SIZE: Readonly<Record<Size, Sentence>> = { 20: s("中", "M"), 24: s("大", "L"), 30: s("特大", "XL") };
const THEME: Readonly<Record<Theme, Sentence>> = {
  auto: s("自动", "Auto"),
  day: s("白天", "Day"),
  night: s("夜间", "Night"),
};
const LANGUAGES: readonly Language[] = ["zh", "en"];
const LANGUAGE: Readonly<Record<Language, Sentence>> = { zh: s("中文", "中文"), en: s("English", "English") };
const W = { size: s("字号", "Text"), theme: s("颜色", "Colours"), language: s("语言", "Language") };

export function LooksPanel(): JSX.Element {
  return (
    <div class="looks">
      <Row
        name="size"
        title={W.size}
        choices={SIZES}
        words={SIZE}
        chosen={size.value}
        choose={(one) => {
          size.value = one;
        }}
      />
      <Row
        name="theme"
        title={W.theme}
        choices={THEMES}
        words={THEME}
        chosen={theme.value}
        choose={(one) => {
          theme.value = one;
        }}
      />
      <Row
        name="language"
        title={W.language}
        choices={LANGUAGES}
        words={LANGUAGE}
        chosen={language.value}
        choose={speak}
      />
    </div>
  );
}

function Row<T extends string>(props: {
  readonly name: string;
  readonly title: Sentence;
  readonly choices: readonly T[];
  readonly words: Readonly<Record<T, Sentence>>;
  readonly chosen: T;
  readonly choose: (one: T) => void;
}): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{say(props.title)}</legend>
      {props.choices.map((one) => (
        <button
          key={one}
          type="button"
          data-look={`${props.name}-${one}`}
          aria-pressed={props.chosen === one}
          onClick={() => props.choose(one)}
        >
          {say(props.words[one])}
        </button>
      ))}
    </fieldset>
  );
}
