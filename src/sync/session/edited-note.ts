import type { Engine } from '../../engine/engine.ts';
import { markEdited } from '../../release/edited-mark.ts';

/** Keeps the device told that a container has files which its image does not have. */
export class EditedNote {
  readonly #engine: Engine;
  /** The container that is marked. */
  #id: string | undefined;
  /** The mark; undefined where an earlier session has set it, which knows why. */
  #mark: string | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async tell(
    container: { readonly id: string; readonly imageId: string },
    isEdited: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    if (isEdited === (this.#id === container.id)) return;
    if (isEdited) {
      this.#mark = await markEdited(this.#engine, container, signal);
      this.#id = container.id;
    } else if (this.#mark !== undefined) {
      await this.#engine.removeImage(this.#mark, signal);
      this.#mark = undefined;
      this.#id = undefined;
    }
  }
}
