import type { WrittenFlag } from './split-words.ts';

export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** Original text on one line: continuations joined, comments removed. */
  readonly text: string;
  /** The text that follows the keyword and the flags. */
  readonly rest: string;
  /** The words of `rest`; of the JSON form its strings. */
  readonly words: readonly string[];
  readonly isJson: boolean;
  /** `--from=build` → `{name: 'from', value: 'build'}` */
  readonly flags: readonly WrittenFlag[];
  readonly line: number;
  readonly column: number;
  /** The last line that it takes. */
  readonly endLine: number;
  /** True if BuildKit would read a here-document, which the classic builder does not know. */
  readonly hasHeredoc: boolean;
  /** For ONBUILD: the instruction for images that start from this one. */
  readonly trigger: Instruction | undefined;
}
