/** Flags of commands that work on several devices at once: the base command reads them. */
import { Flags } from '@oclif/core';

/** For the description of what names the device. */
export const severalForms = 'several: kitchen,hall or @group';

const helpGroup = 'DEVICE';

const yes = Flags.boolean({
  helpGroup,
  char: 'y',
  description: 'with --all or @all: do not ask before it runs on the devices that were found',
});

/** Of commands that take the device as an argument. */
export const severalFlags = {
  device: Flags.string({
    helpGroup,
    multiple: true,
    multipleNonGreedy: true,
    description: 'the device, in place of the argument; repeatable: the command runs on each',
    helpValue: 'DEVICE',
  }),
  all: Flags.boolean({ helpGroup, description: 'run on every development device that a scan finds' }),
  yes,
};

/** Of commands that take the device by `--on`. */
export const severalOnFlags = { yes };
