import type { LogEvent } from '../logs/log-line.ts';
import type { PushEvent } from '../release/events.ts';
import type { LiveEvent } from '../sync/events.ts';

/** What containers do because a live session starts services again or makes them anew: it tells of it, so the logs need not. */
export class OwnRestarts {
  /** By service, what the engine is still to report. */
  readonly #due = new Map<string, Set<'ended' | 'started'>>();

  hear(event: LiveEvent | PushEvent): void {
    const isStarting = event.type === 'service' && event.state === 'starting';
    if (event.type === 'restarting' || isStarting)
      this.#due.set(event.service, new Set(['ended', 'started']));
    // It did not come to that.
    else if (event.type === 'waiting' || event.type === 'failed') this.#due.delete(event.service);
  }

  /** Takes `event` into account; the next of its kind is the service's own doing. */
  explains({ service, state }: LogEvent & { type: 'container' }): boolean {
    const isDue = this.#due.get(service)?.delete(state) === true;
    // One that had ended before does not end again.
    if (state === 'started') this.#due.delete(service);
    return isDue;
  }
}
