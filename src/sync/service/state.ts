/** The states of a service in a live session. Only the loop of `ServiceSession` sets them. Pure. */
import type { Container } from '../container/container.ts';

export type State =
  /** The context's directory is away, which says nothing of what was in it. */
  | { readonly is: 'sources-away' }
  /** The service is being built. */
  | { readonly is: 'held' }
  /** The service's container is looked up, and the way into it opened. */
  | { readonly is: 'attaching' }
  /** There is no container, or somebody stopped it. */
  | { readonly is: 'detached'; readonly cause: string }
  /** Nobody knows what the container has: it is asked. */
  | { readonly is: 'comparing'; readonly container: Container }
  /** Dirty names are synced and take effect. */
  | { readonly is: 'syncing'; readonly container: Container }
  /** The container has what the sources have. */
  | { readonly is: 'in-sync' }
  /** The same, but for what a safety stop withholds. */
  | { readonly is: 'paused' }
  /** The device can't be asked now. */
  | { readonly is: 'out-of-reach' }
  /** The device refused a change. */
  | { readonly is: 'refused' };

/** Conditions that come from outside, and decide before every step whether there is one. */
export interface Conditions {
  readonly areSourcesAway: boolean;
  readonly isHeld: boolean;
}

/**
 * `next-step`: the pass goes on. `next-pass`: another pass begins at once. `retry`: it begins after a while. `news`: it
 * begins when something happens.
 */
export type Leaving = 'next-step' | 'next-pass' | 'retry' | 'news';

/** Returns what leads out of a state. */
export function leavingOf({ is }: State): Leaving {
  switch (is) {
    case 'comparing':
    case 'syncing':
      return 'next-step';
    case 'attaching':
      return 'next-pass';
    case 'out-of-reach':
      return 'retry';
    case 'sources-away':
    case 'held':
    case 'detached':
    case 'in-sync':
    case 'paused':
    case 'refused':
      return 'news';
  }
}

/** Returns the state whose step comes next, once `state` has been left. */
export function nextState(state: State, { areSourcesAway, isHeld }: Conditions): State {
  if (areSourcesAway) return { is: 'sources-away' };
  if (isHeld) return { is: 'held' };
  // After a rest the container may be another one.
  return leavingOf(state) === 'next-step' ? state : { is: 'attaching' };
}

/** True if a pass has ended: the container has all that it can have for now. */
export const isSettled = ({ is }: State): boolean => is === 'in-sync' || is === 'paused' || is === 'detached';
