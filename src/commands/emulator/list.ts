import { OsCommand } from '../../cli/base-command.ts';
import { emulatorContext } from '../../cli/flags/emulator.ts';
import { listDevices } from '../../emulator/down.ts';
import { renderDevices } from '../../ui/answers/emulator.ts';

export default class EmulatorList extends OsCommand {
  static override summary = 'list the emulated devices of this machine';
  static override description = `Lists every emulated device, running or not. What a killed one left behind is cleaned up on the way.`;

  static override examples = ['<%= config.bin %> emulator list', '<%= config.bin %> emulator list --json'];

  override async run(): Promise<void> {
    await this.parse(EmulatorList);
    this.answer(
      await listDevices(emulatorContext(this.config.root, this.signal, this.output)),
      renderDevices,
    );
  }
}
