import type { Engine } from '../../src/engine/engine.ts';
import type { ReachedEngine } from '../../src/reach/engine/reached-engine.ts';
import type { LiveSessionOptions, SessionDependencies } from '../../src/cli/verbs/dependencies.ts';
import type { PushRequest } from '../../src/cli/verbs/requests.ts';
import { OsError } from '../../src/core/errors.ts';
import type { Project } from '../../src/project/project.ts';
import type { PushDone } from '../../src/release/apply/events.ts';
import type { SessionEvent } from '../../src/ui/session/session-reporter.ts';

/** A project of these services, as far as verbs look at it. */
export const fakeProject = (...services: string[]): Project =>
  ({ name: 'shop', services: services.map(name => ({ name, dependsOn: [] })) }) as unknown as Project;

export const fakeRequest: PushRequest = {
  target: { device: 'mydevice', via: 'tcp' },
  project: {
    source: '.',
    composeFiles: [],
    envFiles: [],
    profiles: [],
    variables: [],
    buildArgs: {},
  },
  services: [],
  isCacheUsed: true,
  isPulled: false,
  removesOrphans: false,
  isLive: true,
  isAttached: true,
};

export const updated: PushDone = { type: 'done', outcome: 'updated', durationMs: 1000, sentBytes: 1 };

/** Resolves never, and rejects with the reason when `signal` aborts. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });

/** Capabilities of verbs that write down who is called, opened and closed, and what is reported, in that order. */
export class FakeVerbs implements SessionDependencies {
  readonly transcript: string[] = [];
  readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  project = fakeProject('web', 'db');
  /** What releases come to, one after another; the last again and again. */
  outcomes: (PushDone | OsError)[] = [updated];
  /** The session that was opened last. */
  live: LiveSessionOptions | undefined;
  isWanted: (service: string) => boolean = () => false;
  /** Stands in for the engine where a verb asks it; undefined: a verb that asks it fails. */
  engine: Partial<Engine> = {};

  #write(line: string): void {
    this.transcript.push(line);
  }

  readonly note = (text: string): void => this.#write(`note ${text}`);

  readonly report = (event: SessionEvent): void => {
    const details = event.type === 'warning' ? ` ${event.message}` : '';
    this.#write(`event ${event.type}${details}`);
  };

  readonly settle = (): void => this.#write('settle');

  readonly reach: SessionDependencies['reach'] = ({ device }) => {
    this.#write(`reach ${device ?? 'the only one'}`);
    const engine = {
      ...this.engine,
      [Symbol.asyncDispose]: () => {
        this.#write('close engine');
        return Promise.resolve();
      },
    };
    return Promise.resolve({ engine, name: 'mydevice', address: '10.0.0.5' } as unknown as ReachedEngine);
  };

  readonly readProject: SessionDependencies['readProject'] = (_request, form, { isQuiet }) => {
    this.#write(`read the ${form} project${isQuiet ? ' quietly' : ''}`);
    return Promise.resolve(this.project);
  };

  readonly release: SessionDependencies['release'] = (_reached, { extent, services }) => {
    this.#write(`release ${[extent, ...services].join(' ')}`);
    const outcome = this.outcomes.length > 1 ? this.outcomes.shift() : this.outcomes[0];
    if (outcome instanceof OsError) return Promise.reject(outcome);
    return outcome === undefined ? Promise.reject(new Error('no outcome')) : Promise.resolve(outcome);
  };

  readonly openLive: SessionDependencies['openLive'] = (_reached, options) => {
    this.#write(options.isAttaching ? 'watch, attaching' : 'watch');
    this.live = options;
    return Promise.resolve({
      run: async (signal: AbortSignal) => {
        this.#write('sync');
        await untilAborted(signal).finally(() => this.#write('syncing ends'));
      },
      [Symbol.asyncDispose]: () => {
        this.#write('close watch');
        return Promise.resolve();
      },
    });
  };

  readonly followLogs: SessionDependencies['followLogs'] = async (_reached, { isWanted, signal }) => {
    this.#write('follow logs');
    this.isWanted = isWanted;
    await untilAborted(signal).finally(() => this.#write('logs end'));
  };

  /** What Ctrl-C does. */
  interrupt(): void {
    this.controller.abort(new OsError('interrupted', 'interrupted'));
  }

  /** Resolves once `line` is in the transcript. */
  async until(line: string): Promise<void> {
    for (let i = 0; i < 1000 && !this.transcript.includes(line); i += 1) await new Promise(setImmediate);
    if (!this.transcript.includes(line)) throw new Error(`never: ${line}\n${this.transcript.join('\n')}`);
  }
}
