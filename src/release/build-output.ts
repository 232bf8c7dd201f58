/** Reads the classic builder's output: `Step 2/5 : RUN make`, ` ---> Using cache`, and what commands print. */
import type { BuildEvent } from './events.ts';

export interface BuildProgress {
  readonly step: number;
  readonly of: number;
  readonly cachedSteps: number;
  /** Of the current step, where it has one. */
  readonly container?: string | undefined;
}

/** More of a step's output helps nobody, and costs memory. */
const keptLines = 1000;
const runningIn = ' ---> Running in ';
// eslint-disable-next-line no-control-regex -- the colours of the engine
const paint = /^(?:\x1b\[\d*m)+/;
const housekeeping =
  /^ ---> (?:[0-9a-f]{12})?$|^Removing intermediate container |^Successfully (?:built|tagged) /;

/** Text in pieces as the engine sends it, to events; `progress` is what was understood so far. */
export class BuildOutputReader {
  #said: string[] = [];
  #forgotten = 0;
  readonly #service: string;
  readonly #report: (event: BuildEvent) => void;
  readonly #hiddenSteps: number;
  readonly #causes: ReadonlyMap<number, string>;
  #rest = '';
  #isHidden = false;
  progress: BuildProgress = { step: 0, of: 0, cachedSteps: 0 };

  /**
   * `hiddenSteps`: how many at the end the engine adds for labels; nobody wrote them. `causes`: why steps are expected
   * to run again.
   */
  constructor(
    service: string,
    options: {
      report: (event: BuildEvent) => void;
      hiddenSteps: number;
      causes?: ReadonlyMap<number, string>;
    },
  ) {
    this.#causes = options.causes ?? new Map();
    this.#service = service;
    this.#report = options.report;
    this.#hiddenSteps = options.hiddenSteps;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
  }

  end(): void {
    if (this.#rest !== '') this.#readLine(this.#rest);
    this.#rest = '';
  }

  /** What the current step has printed, as lines. */
  get said(): string[] {
    const forgotten = this.#forgotten.toString();
    return [...(this.#forgotten === 0 ? [] : [`… ${forgotten} lines before`]), ...this.#said];
  }

  #readLine(painted: string): void {
    const service = this.#service;
    // The engine paints what commands print on stderr; the end of that paint may stand before the next line.
    // A line that was written over and over, as of a progress bar, is told as it ended.
    const line =
      painted
        .replace(paint, '')
        .split('\r')
        .findLast(part => part !== '') ?? '';
    const begun = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
    if (begun !== null) {
      const [step, of] = [Number(begun[1]), Number(begun[2]) - this.#hiddenSteps];
      this.#isHidden = step > of;
      if (this.#isHidden) return;
      this.progress = { ...this.progress, step, of, container: undefined };
      [this.#said, this.#forgotten] = [[], 0];
      const cause = this.#causes.get(step);
      const told = cause === undefined ? {} : { cause };
      this.#report({ type: 'build-step', service, step, of, instruction: begun[3] ?? '', ...told });
    } else if (line.startsWith(runningIn)) {
      this.progress = { ...this.progress, container: line.slice(runningIn.length) };
    } else if (this.#isHidden) {
      return;
    } else if (line === ' ---> Using cache') {
      this.progress = { ...this.progress, cachedSteps: this.progress.cachedSteps + 1 };
      this.#report({ type: 'build-cached', service, step: this.progress.step });
    } else if (line !== '' && !housekeeping.test(line)) {
      this.#said.push(line);
      if (this.#said.length > keptLines) {
        this.#said.shift();
        this.#forgotten += 1;
      }
      this.#report({ type: 'build-output', service, text: line });
    }
  }
}
