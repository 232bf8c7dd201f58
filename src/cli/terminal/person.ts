/** Decides, once for the whole program, whether a person watches the output and can be prompted. */

/** True if the output is recorded, as in CI. */
function isRecorded(): boolean {
  const { CI } = process.env;
  return CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0';
}

/** True if a person watches `stream`: a terminal that can be drawn on, outside of CI. */
export const isWatched = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY && process.env['TERM'] !== 'dumb' && !isRecorded();

let isAsked = true;

/** From now on nobody is prompted: questions of several devices would mix. */
export const askNobody = (): void => {
  isAsked = false;
};

/** True if stdin is a terminal, and stderr is seen on one. */
export const isAtTerminal = (): boolean => process.stdin.isTTY && isWatched(process.stderr);

/** True if a person can be prompted. */
export const canAsk = (): boolean => isAsked && isAtTerminal();
