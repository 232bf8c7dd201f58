/** The result of a check. Its texts may contain text of a device: whoever prints them sanitises them. */

/** Exit statuses of what blocks local development: nothing answers, the device refuses, no space. */
export type BlockingStatus = 3 | 4 | 9;

export type Finding =
  | { readonly result: 'ok'; readonly evidence: string }
  /** Something to know or to repair; it does not keep anybody from working. */
  | { readonly result: 'warning'; readonly evidence: string; readonly advice: string }
  | {
      readonly result: 'blocks';
      readonly evidence: string;
      readonly advice: string;
      readonly exitCode: BlockingStatus;
    }
  /** The check could not tell; `evidence` is the reason. Never counts as blocking. */
  | { readonly result: 'unknown'; readonly evidence: string };

export const ok = (evidence: string): Finding => ({ result: 'ok', evidence });

export const warning = (evidence: string, advice: string): Finding => ({
  result: 'warning',
  evidence,
  advice,
});

export const blocks = (exitCode: BlockingStatus, evidence: string, advice: string): Finding => ({
  result: 'blocks',
  evidence,
  advice,
  exitCode,
});

export const unknown = (reason: string): Finding => ({ result: 'unknown', evidence: reason });
