import { Args } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { OsError } from '../../core/errors.ts';
import { configKeys } from '../../host/config/config-keys.ts';
import { renderConfigSchema } from '../../ui/host/config.ts';

export default class ConfigSchema extends OsCommand {
  static override summary = 'list the keys that the OS reads';
  static override description = `Lists the keys of config.json that the OS reads: type, meaning, and whether a change \
takes effect at once or with the next boot. Needs no device.`;

  static override examples = [
    '<%= config.bin %> config schema',
    { description: 'keys that begin with a word', command: '<%= config.bin %> config schema os.network' },
  ];

  static override args = {
    key: Args.string({ description: 'beginning of the keys to list' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ConfigSchema);
    const keys = configKeys.filter(({ key }) => key.startsWith(args.key ?? ''));
    if (keys.length === 0)
      throw new OsError('usage', `the OS reads no key that begins with ${args.key ?? ''}`);
    const result = keys.map(({ key, type, summary, restarts, needsReboot, isSecret }) => ({
      key,
      type,
      summary,
      restarts,
      needsReboot: needsReboot === true,
      isSecret: isSecret === true,
    }));
    this.answer({ keys: result }, (_, output) => renderConfigSchema(keys, output));
  }
}
