import { OsError } from '../../core/errors.ts';

/**
 * Decides what to do about a container that can't take an edit: the service is built, then its container is recreated.
 * If neither helps, the refusal is reported.
 */
export class Refusals {
  #tried: 'nothing' | 'build' | 'built' | 'recreated' = 'nothing';

  /** Returns why the service has to be built. Throws OsError `engine-refused` if that has been tried. */
  answer(message: string): string {
    if (this.#tried === 'built') this.#tried = 'recreated';
    if (this.#tried !== 'nothing') throw new OsError('engine-refused', message);
    this.#tried = 'build';
    return message;
  }

  /** True after a build. If the container that refused is still there, only another one can be without what it has. */
  get isBuilt(): boolean {
    return this.#tried === 'built';
  }

  noteBuilt(): void {
    if (this.#tried === 'build') this.#tried = 'built';
  }

  noteRecreated(): void {
    this.#tried = 'recreated';
  }

  /** A build that failed may succeed now. */
  noteEdit(): void {
    if (this.#tried === 'build') this.#tried = 'nothing';
  }

  /** The container has taken a batch. */
  noteTaken(): void {
    this.#tried = 'nothing';
  }
}
