import type { LogEvent } from '../../logs/log-line.ts';
import type { PushEvent } from '../../release/apply/events.ts';
import type { LiveEvent } from '../../sync/events.ts';

/** Knows which starts and ends of containers a live session causes, so that they are not reported a second time. */
export class OwnRestarts {
  /** By service, the events that the engine has yet to report. */
  readonly #due = new Map<string, Set<'ended' | 'started'>>();

  observe(event: LiveEvent | PushEvent): void {
    const isStarting = event.type === 'service' && event.state === 'starting';
    if (event.type === 'restarting' || isStarting)
      this.#due.set(event.service, new Set(['ended', 'started']));
    // The restart did not happen.
    else if (event.type === 'waiting' || event.type === 'sync-failed') this.#due.delete(event.service);
  }

  /** Returns true once per expected event; the next one of its kind is the service's own doing. */
  explains({ service, state }: LogEvent & { readonly type: 'container' }): boolean {
    const isDue = this.#due.get(service)?.delete(state) === true;
    // One that had ended before does not end again.
    if (state === 'started') this.#due.delete(service);
    return isDue;
  }
}
