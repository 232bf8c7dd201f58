/** A device that takes an update of its OS over a link that is cut where a test says so. */
import { createHash } from 'node:crypto';
import { OsError } from '../../src/core/errors.ts';
import type { HostCommandResult, HostCommands } from '../../src/host/host-commands.ts';

/** How the `n`th command ends: 'lost' never reaches the device, 'unanswered' is done there. */
export type CutLink = (n: number) => 'lost' | 'unanswered' | undefined;

const lost = (): OsError => new OsError('connection-lost', 'the connection was lost');

export class UpdatableDevice {
  readonly name = 'kitchen';
  /** What was received so far. */
  file: Buffer | undefined;
  installs = 0;
  reboots = 0;
  bytesReceived = 0;
  /** Damages every piece that arrives. */
  isDamaging = false;
  #outcome: string | undefined;
  #commands = 0;
  readonly #newVersion: string;
  readonly #cut: CutLink;

  constructor(newVersion: string, cut: CutLink) {
    this.#newVersion = newVersion;
    this.#cut = cut;
  }

  readonly commands: HostCommands = {
    run: (command, { input = '' } = {}) => {
      this.#commands += 1;
      const cut = this.#cut(this.#commands);
      if (cut === 'lost') return Promise.reject(lost());
      const stdout = this.#do(command, Buffer.from(input));
      if (cut === 'unanswered') return Promise.reject(lost());
      const bytes = Buffer.from(stdout);
      const result: HostCommandResult = { status: 0, bytes, stdout, stderr: '' };
      return Promise.resolve(result);
    },
  };

  #status(): string {
    const isNew = this.reboots > 0;
    return [
      `VERSION="${isNew ? this.#newVersion : '2.0.0'}"\nSLUG="raspberrypi3"`,
      '{"slug":"raspberrypi3","arch":"armv7hf"}',
      'armv7l',
      `/dev/mmcblk0p2\nresin-root${isNew ? 'B' : 'A'}`,
      `boot-${this.reboots.toString()}`,
      '',
      '',
      '/usr/bin/hostapp-update',
      ['inactive', 'data', 'boot'].map(it => `/dev/${it} 9000000 0 9000000 0% /${it}`).join('\n'),
    ].join('\n--os-update--\n');
  }

  #do(command: string, input: Buffer): string {
    if (command.includes('--os-update--')) return this.#status();
    if (command.includes('boot_id')) return `boot-${this.reboots.toString()}\n`;
    if (command.startsWith('wc -c')) return this.file?.length.toString() ?? '';
    if (command.includes('mkdir -p')) return '';
    const [, blockBytes, seek] = /^dd of=\S+ bs=(\d+) seek=(\d+)/m.exec(command) ?? [];
    if (blockBytes !== undefined) {
      const at = Number(blockBytes) * Number(seek);
      this.bytesReceived += input.length;
      if (this.isDamaging) input.fill(0, 0, 1);
      this.file = Buffer.concat([this.file?.subarray(0, at) ?? Buffer.alloc(0), input]);
      return '';
    }
    if (command.startsWith('sync '))
      return `${createHash('sha256')
        .update(this.file ?? '')
        .digest('hex')}  file`;
    if (command.startsWith('rm -f ')) {
      this.file = undefined;
      return '';
    }
    if (command.includes('|| rm -f')) {
      this.#outcome = undefined;
      return '';
    }
    if (command.includes('hostapp-update -f')) {
      if (this.#outcome !== undefined) return '';
      this.installs += 1;
      this.#outcome = '0';
      return '';
    }
    if (command.includes('echo running')) return `ended\n${this.#outcome ?? ''}\ninstalling\n`;
    if (command.includes('systemctl reboot')) {
      this.reboots += 1;
      return '';
    }
    if (command.startsWith('journalctl')) return '';
    throw new Error(`a command that no update needs: ${command}`);
  }
}
