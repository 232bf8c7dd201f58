/** A change that a device takes back by itself, unless it is confirmed in time. */

export interface FileBefore {
  readonly path: string;
  /** The content to put back; undefined: the file did not exist, and is removed. */
  readonly content: Buffer | undefined;
  readonly mode: number;
}

export interface UndoPlan {
  /** Letters and digits; names the unit, the directory and the dispatcher script on the device. */
  readonly id: string;
  readonly afterS: number;
  readonly files: readonly FileBefore[];
  /** Lines of shell that run after the files are back. Each may fail. */
  readonly commands: readonly string[];
}
