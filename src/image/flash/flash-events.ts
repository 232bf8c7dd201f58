/** Events that are reported while a drive is flashed. */
export type FlashEvent =
  | {
      readonly type: 'flash-started';
      readonly drive: string;
      readonly image: string;
      /** Undefined if it is known only after decompression. */
      readonly sizeBytes: number | undefined;
    }
  | {
      readonly type: 'flash-progress';
      readonly drive: string;
      readonly phase: 'writing' | 'syncing' | 'verifying';
      /** Bytes of the image that are done in this phase. */
      readonly doneBytes: number;
      /** 0 to 1, of this phase. */
      readonly share: number;
      readonly bytesPerSecond: number | undefined;
      readonly remainingMs: number | undefined;
    }
  | {
      readonly type: 'flashed';
      readonly drive: string;
      readonly sizeBytes: number;
      /** Less than the size if only differences, or mapped blocks, were written. */
      readonly writtenBytes: number;
      readonly isVerified: boolean;
      readonly durationMs: number;
    }
  | {
      readonly type: 'flash-failed';
      readonly drive: string;
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    };
