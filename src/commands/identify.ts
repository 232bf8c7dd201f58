import { Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags } from '../cli/flags/several-flags.ts';
import { hostDeviceArg } from '../cli/flags/host-flags.ts';
import { openHostDevice } from '../cli/verbs/host/open-host-device.ts';
import { parseDuration } from '../core/units.ts';
import { blinkLed } from '../host/power/identify.ts';
import { sanitizeLine } from '../core/sanitize.ts';

export default class Identify extends OsCommand {
  static override summary = 'blink the LED of a device';
  static override description = `Blinks the activity LED of a board, so that it is found among others, and leaves the LED \
as it was. Not every board has one that can blink.`;

  static override examples = [
    '<%= config.bin %> identify 63ec46c',
    '<%= config.bin %> identify mydevice --for 30s',
  ];

  static override args = { device: hostDeviceArg };
  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    for: Flags.string({ default: '10s', description: 'how long', helpValue: 'TIME' }),
  };
  static override exitStatus = {
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses, or has no LED that can blink',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Identify);
    const { signal } = this;
    const seconds = Math.ceil(parseDuration(flags.for) / 1000);
    await using device = await openHostDevice(args.device, this);
    const led = await blinkLed(device.commands, seconds, signal);
    this.answer(
      { device: device.name, led, seconds },
      it => `${sanitizeLine(it.device)} blinked ${sanitizeLine(led)}\n`,
    );
  }
}
