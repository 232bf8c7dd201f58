import type { Instruction } from '../parse/instruction.ts';

/** Initial configuration of an image's container, as far as instructions change it. */
export interface ImageConfig {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Empty: root. */
  readonly user: string;
  readonly shell: readonly string[];
  /** In words; a shell form is one word. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** ONBUILD: instructions that come first in a stage that starts from the image. */
  readonly triggers: readonly Instruction[];
}

export const emptyImageConfig: ImageConfig = {
  workingDirectory: '/',
  environment: {},
  user: '',
  shell: ['/bin/sh', '-c'],
  entrypoint: [],
  command: [],
  labels: {},
  triggers: [],
};
