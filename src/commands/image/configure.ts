import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { configurationFlags, readConfigurationFlags } from '../../cli/flags/image-flags.ts';
import { askConfiguration } from '../../cli/terminal/configure-form.ts';
import { canAsk } from '../../cli/terminal/person.ts';
import { configureEach } from '../../cli/verbs/image/configure-each.ts';
import { configureImage } from '../../cli/verbs/image/configure-image.ts';
import { readConfiguration } from '../../cli/verbs/image/read-configuration.ts';
import { OsError } from '../../core/errors.ts';
import { renderConfigured } from '../../ui/image/configured.ts';
import { notePlain } from '../../ui/output.ts';

export default class ImageConfigure extends OsCommand {
  static override summary = 'configure an image before it is flashed';
  static override description = `Writes settings into the boot partition of an image: config.json, network connections,
the splash. The image itself is changed, or a configured copy written by \`--out\`; of a
compressed image only a copy can be. Only its owner can read a new copy, as it can hold
passphrases. No root is needed. A power cut at any moment leaves every file as it was or as it
is to be.

Without flags, on a terminal, the usual settings are asked for. \`--each\`, with \`--out\`, writes a copy
for each row of a CSV file, whose columns are hostname, wifi, wifi-passphrase, ssh-key,
ethernet, or keys of config.json.`;

  static override examples = [
    '<%= config.bin %> image configure os.img --hostname kitchen --ssh-key ~/.ssh/id_ed25519.pub',
    {
      description: 'a copy of a compressed image, the passphrase from stdin',
      command:
        '<%= config.bin %> image configure os.img.xz --out kitchen.img --wifi Home --wifi-passphrase-file -',
    },
    {
      description: 'one image for many devices',
      command: "<%= config.bin %> image configure os.img --each devices.csv --out 'os-{hostname}.img'",
    },
  ];

  static override args = {
    image: Args.string({ description: 'image file', required: true }),
  };

  static override flags = {
    ...configurationFlags,
    out: Flags.string({ char: 'o', helpValue: 'FILE', description: 'write a configured copy' }),
    each: Flags.string({
      helpValue: 'CSV',
      description: 'write a copy for each device of a list',
      dependsOn: ['out'],
    }),
  };

  static override exitStatus = {
    7: 'the image is damaged, or a value is one that the OS does not accept',
    8: 'another os command is at work on the same image',
    9: 'there is no room on the boot partition',
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageConfigure);
    const { output, signal } = this;
    const given = await readConfigurationFlags(flags);
    const dependencies = {
      signal,
      now: () => new Date(),
      onPlanned: ({ warnings }: { readonly warnings: readonly string[] }) => {
        for (const warning of warnings) notePlain(output, warning);
      },
    };
    if (flags.each !== undefined && flags.out !== undefined) {
      const request = { path: args.image, list: flags.each, out: flags.out, common: given ?? {} };
      this.answer(await configureEach(dependencies, request), renderConfigured);
      return;
    }
    if (given === undefined && !canAsk())
      throw new OsError('usage', 'no setting is given', {
        hint: 'e.g. --hostname kitchen; `os image configure --help` lists them',
      });
    const configuration = await readConfiguration(given ?? (await askConfiguration(signal)));
    const configured = await configureImage(dependencies, {
      path: args.image,
      configuration,
      out: flags.out,
    });
    this.answer(configured, image => renderConfigured([image]));
  }
}
