import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { hostDeviceArg, readWait, waitFlags } from '../cli/flags/host-flags.ts';
import { endDeviceBoot } from '../cli/verbs/host/end-boot.ts';
import { openHostDevice } from '../cli/verbs/host/open-host-device.ts';
import { systemClock } from '../core/clock.ts';
import { renderEnded } from '../ui/host/power.ts';

export default class Reboot extends OsCommand {
  static override summary = 'reboot a device';
  static override description = `Reboots a device. With --wait it returns once the device has rebooted, which the boot id \
of its kernel tells. Without --force it does not reboot while a service holds an update lock or an update of the host OS is on \
trial.`;

  static override examples = [
    '<%= config.bin %> reboot mydevice',
    {
      description: 'go on once it is back',
      command: '<%= config.bin %> reboot mydevice --wait && <%= config.bin %> ps mydevice',
    },
  ];

  static override args = { device: hostDeviceArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    ...waitFlags,
    force: Flags.boolean({ description: 'reboot also where an update lock is held' }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses: authentication, changed host key',
    8: 'a service holds an update lock, or an update of the OS is on trial',
    10: 'the device did not come back in time',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Reboot);
    const { signal } = this;
    const waitMs = readWait(flags);
    await using device = await openHostDevice(args.device, this);
    const ended = await endDeviceBoot(
      { kind: 'reboot', isForced: flags.force, waitMs },
      { device, clock: systemClock, signal },
    );
    this.answer(ended, renderEnded('reboots'));
  }
}
