/** Reads the classic builder's output: `Step 2/5 : RUN make`, ` ---> Using cache`, and the output of commands. */
import type { BuildEvent } from '../apply/events.ts';

export interface BuildProgress {
  readonly step: number;
  readonly of: number;
  readonly cachedSteps: number;
  /** Container of the current step, if it has one. */
  readonly container?: string | undefined;
}

/** The lines of a step's output that are kept for an error message. */
const keptLines = 1000;
const runningIn = ' ---> Running in ';
// eslint-disable-next-line no-control-regex -- the colours of the engine
const paint = /^(?:\x1b\[\d*m)+/;
const stepImage = /^ ---> ([0-9a-f]{12})$/;
const housekeeping = /^ ---> $|^Removing intermediate container |^Successfully (?:built|tagged) /;

/** Converts the engine's text, which arrives in pieces, to events. */
export class BuildOutputReader {
  #said: string[] = [];
  #forgotten = 0;
  readonly #service: string;
  readonly #report: (event: BuildEvent) => void;
  readonly #hiddenSteps: number;
  readonly #causes: ReadonlyMap<number, string>;
  #rest = '';
  readonly #places: readonly (number | undefined)[] | undefined;
  readonly #of: number | undefined;
  readonly #onStepImage: ((step: number, image: string) => void) | undefined;
  #isHidden = false;
  progress: BuildProgress = { step: 0, of: 0, cachedSteps: 0 };
  /** The image after each step, as the engine names it: the first 12 digits of its id. */
  readonly stepImages = new Map<number, string>();

  /**
   * `hiddenSteps`: the number of steps that the engine appends for labels. `causes`: why steps are expected to run again,
   * by their number.
   */
  constructor(
    service: string,
    options: {
      readonly report: (event: BuildEvent) => void;
      readonly hiddenSteps: number;
      readonly causes?: ReadonlyMap<number, string>;
      /** By the engine's count: the place of the step in the Dockerfile, or undefined for a generated line. */
      readonly places?: readonly (number | undefined)[];
      /** The number of steps of the Dockerfile, if the engine runs only some. */
      readonly of?: number;
      /** Called with the image after a step, as `stepImages` has it. */
      readonly onStepImage?: (step: number, image: string) => void;
    },
  ) {
    this.#places = options.places;
    this.#onStepImage = options.onStepImage;
    this.#of = options.of;
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

  /** The lines that the current step printed. */
  get said(): string[] {
    const forgotten = this.#forgotten.toString();
    return [...(this.#forgotten === 0 ? [] : [`… ${forgotten} lines before`]), ...this.#said];
  }

  #readLine(painted: string): void {
    const service = this.#service;
    // The engine colours stderr of commands; the end of the colour may precede the next line. Of an overwritten line,
    // such as a progress bar, only the last text is reported.
    const line =
      painted
        .replace(paint, '')
        .split('\r')
        .findLast(part => part !== '') ?? '';
    const started = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
    if (started !== null) {
      const place = this.#places?.[Number(started[1]) - 1];
      const step = place === undefined ? Number(started[1]) : place + 1;
      const of = this.#of ?? Number(started[2]) - this.#hiddenSteps;
      this.#isHidden = this.#places === undefined ? step > of : place === undefined;
      if (this.#isHidden) return;
      this.progress = { ...this.progress, step, of, container: undefined };
      [this.#said, this.#forgotten] = [[], 0];
      const cause = this.#causes.get(step);
      const optionalCause = cause === undefined ? {} : { cause };
      this.#report({
        type: 'build-step',
        service,
        step,
        of,
        instruction: started[3] ?? '',
        ...optionalCause,
      });
    } else if (line.startsWith(runningIn)) {
      this.progress = { ...this.progress, container: line.slice(runningIn.length) };
    } else if (this.#isHidden) {
      return;
    } else if (stepImage.test(line)) {
      const image = stepImage.exec(line)?.[1] ?? '';
      this.stepImages.set(this.progress.step, image);
      this.#onStepImage?.(this.progress.step, image);
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
