/**
 * Comments that change a build for live sync, with the names and meanings that livepush's documentation gives them. To
 * every other build they are comments.
 */

/** Instructions that the directives become. `undefined`: the line stays a comment. */
const instructionOf = {
  'dev-cmd-live': 'CMD',
  'dev-run': 'RUN',
  'dev-copy': 'COPY',
  'dev-env': 'ENV',
  'livecmd-marker': undefined,
} as const;

export type DirectiveName = keyof typeof instructionOf;
export const directiveNames = Object.keys(instructionOf) as DirectiveName[];

export interface LiveDirective {
  readonly name: DirectiveName;
  readonly value: string;
  /** From 1; the column is that of the `#`. */
  readonly line: number;
  readonly column: number;
}

const isName = (word: string): word is DirectiveName => word in instructionOf;

/** `#dev-run=npm i`, `# livecmd-marker`: the name as written, and the value. */
const pattern = /^(\s*)#+\s*((?:dev|livecmd)-[\w-]+)\s*(?:=(.*))?$/i;

interface Comment extends Omit<LiveDirective, 'name'> {
  readonly name: string;
}

/** Every comment that looks like a directive, whether there is one of that name or not. */
export function findDirectiveComments(text: string): Comment[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    const [, indent = '', name = '', value] = pattern.exec(line) ?? [];
    if (name === '' || (value === undefined && name.toLowerCase() !== 'livecmd-marker')) return [];
    return { name: name.toLowerCase(), value: (value ?? '').trim(), line: i + 1, column: indent.length + 1 };
  });
}

export const findLiveDirectives = (text: string): LiveDirective[] =>
  findDirectiveComments(text).flatMap(({ name, ...rest }) => (isName(name) ? { name, ...rest } : []));

/** Returns the line that replaces a directive. */
export function carryOut({ name, value, column }: LiveDirective): string | undefined {
  const keyword = instructionOf[name];
  return keyword && `${' '.repeat(column - 1)}${keyword} ${value}`;
}
