import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags, severalForms } from '../cli/flags/several-flags.ts';
import { openHostDevice } from '../cli/verbs/host/open-host-device.ts';
import { updateDevice } from '../cli/verbs/host/update-device.ts';
import { systemClock } from '../core/clock.ts';
import { thisPerson } from '../release/lease/session-owner.ts';
import { OsError } from '../core/errors.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { parseDuration } from '../core/units.ts';
import { readUpdateStatus } from '../host/update/update-status.ts';
import { openFileDevice } from '../image/blocks/file-device.ts';
import { renderUpdateStatus, updateReporter } from '../ui/host/update.ts';

const usualTimeout = '25m';

export default class Update extends OsCommand {
  static override summary = 'update the OS of a device from a local file';
  static override description = `Installs a hostapp archive, as \`docker save\` writes it, onto the root that the device does \
not run from, reboots it, and waits until its own health check has kept the new OS.

Before anything is sent, checks that the file is such an archive, of this device type and architecture, that it is newer, \
and that it fits. It is sent in pieces; after a lost connection, or another \`os update\`, only what is missing is sent. The device's \
own hostapp-update does the work.

A device that does not boot the new OS, or whose engine does not start in it, goes back to the old one by itself. The \
command then ends with status 6 and gives the device's reason. While an update is on trial a reboot counts as a failed boot, \
so \`os\` does not reboot the device then.`;

  static override examples = [
    { description: 'update a device', command: '<%= config.bin %> update mydevice hostapp.tar' },
    {
      description: 'the one device that answers',
      command: '<%= config.bin %> update hostapp.tar',
    },
    {
      description: 'which root it runs from, and what became of its last update',
      command: '<%= config.bin %> update mydevice --status',
    },
  ];

  static override args = {
    device: Args.string({
      description: `address, host name or UUID of the device; the file where it is the only word; ${severalForms}`,
    }),
    file: Args.string({ description: 'hostapp archive on this machine' }),
  };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    status: Flags.boolean({
      description: 'print which root the device runs from, and how its last update went',
    }),
    'allow-downgrade': Flags.boolean({
      description: 'install it also where it is not newer',
      exclusive: ['status'],
    }),
    timeout: Flags.string({
      description: `how long the device may take to boot and to decide (default: ${usualTimeout})`,
      exclusive: ['status'],
      helpValue: 'TIME',
    }),
  };
  static override exitStatus = {
    2: 'usage; the update is not newer than what the device runs',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key; hostapp-update fails',
    6: 'the device went back to its former OS: the reason is shown',
    7: 'the file is no update, is damaged, or is for other devices',
    8: 'an update is on trial on the device, or another `os update` sends or installs one',
    9: 'no room on the inactive root, or the data, boot or state partition',
    10: 'the device did not come back, or did not decide, in time',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Update);
    const { output, signal } = this;
    const timeoutMs = parseDuration(flags.timeout ?? usualTimeout);
    if (!flags.status) this.jsonShape = 'events';
    if (flags.status) {
      if (args.file !== undefined) throw new OsError('usage', '--status takes no file');
      await using device = await openHostDevice(args.device, this);
      const status = await readUpdateStatus(device.commands, signal);
      this.answer({ device: device.name, ...status }, renderUpdateStatus);
      return;
    }
    const [named, path] = args.file === undefined ? [undefined, args.device] : [args.device, args.file];
    if (path === undefined)
      throw new OsError('usage', 'no file is named', { hint: 'give a hostapp archive, or --status' });
    await using file = await openFileDevice(path, 'read').catch((error: unknown) => {
      if (args.file !== undefined || !(error instanceof OsError)) throw error;
      const hint = `if that is a device, the file goes after it: os update ${shellQuote(path)} FILE`;
      throw new OsError(error.code, error.message, { hint, cause: error });
    });
    await using device = await openHostDevice(named, this);
    const archive = {
      path,
      sizeBytes: file.sizeBytes,
      read: (offset: number, length: number) => file.read(offset, length),
    };
    this.events.device = device.name;
    await updateDevice(
      { archive, isDowngradeAllowed: flags['allow-downgrade'], person: thisPerson(), timeoutMs },
      { device, clock: systemClock, report: updateReporter(output, this.events), signal },
    );
    if (output.mode === 'json') this.events.report({ type: 'done' });
  }
}
