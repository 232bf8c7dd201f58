import { Flags } from '@oclif/core';
import { OsCommand } from '../../cli/base-command.ts';
import { deviceNameArg, emulatorContext } from '../../cli/flags/emulator.ts';
import { readImageBoot } from '../../cli/verbs/emulator/image-boot.ts';
import { OsError } from '../../core/errors.ts';
import { supervisorMajors, supervisorModes, variants } from '../../emulator/device/device-record.ts';
import { faults } from '../../emulator/machine/faults.ts';
import { parseSubnet } from '../../emulator/network/subnet.ts';
import { readGivenFile } from '../../state/given-file.ts';
import { bringUp } from '../../emulator/up.ts';
import { note } from '../../ui/output.ts';
import { renderUp } from '../../ui/answers/emulator.ts';

/** The keys in a file of public keys or authorized_keys. Throws OsError `usage`. */
async function readKeys(file: string): Promise<string[]> {
  const text = (await readGivenFile(file)).toString('utf8');
  const keys = text.split('\n').filter(line => /^(ssh|ecdsa|sk)-\S+ \S+/.test(line));
  if (keys.length > 0) return keys;
  throw new OsError('usage', `${file} holds no public SSH key`, {
    hint: 'name the .pub file, such as ~/.ssh/id_ed25519.pub',
  });
}

/** A label that leads to the device as it is written; the OS itself would take anything. Throws OsError `usage`. */
function checkHostname(name: string): string {
  if (name === '' || (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name) && name !== 'localhost'))
    return name;
  throw new OsError('usage', `not a host name: ${JSON.stringify(name)}`, {
    hint: 'use letters, digits and dashes, 63 at most',
  });
}

export default class EmulatorUp extends OsCommand {
  static override summary = 'boot an emulated device on this machine';
  static override description = `Boots a device without hardware: its own systemd, read-only root, state and data, SSH on 22222 and a real \
engine, on a network of its own. \`os scan\` finds it like any board. The first run makes the root file system from this \
machine's package archives, which takes about a minute; it is kept in the cache directory.

A device that exists boots again as it was. One that is running is left alone.

With --image it is a device that was flashed from an image: the image's config.json, connections, splash, variant and device \
type become the device's, and come back with a reset. Its OS stays the emulator's own. \`os emulator down --keep\` writes what \
the device changes there back to the image.

--fault gives it a fault until it goes down or reboots. slow-link: 64 kbit/s each way. full-disk: its data partition is in memory \
and has 1 MB left. read-only-state: its state partition cannot be written. flaky: it receives nothing for 5 of every 15 seconds.`;

  static override exitStatus = {
    7: 'the image is damaged, or its config.json is not valid',
    2: 'bad flag, or this machine cannot run devices: says what is missing',
    3: 'the device does not boot or does not answer',
    8: 'another command is working on the device',
  };

  static override examples = [
    '<%= config.bin %> emulator up',
    '<%= config.bin %> emulator up shop --hostname shop --engine-port 2375',
    '<%= config.bin %> emulator up kitchen --image os.img.xz',
    '<%= config.bin %> emulator up field --supervisor local-mode --supervisor-version 14',
    '<%= config.bin %> emulator up sick --fault full-disk',
    '<%= config.bin %> emulator up till --variant production --ssh-key ~/.ssh/id_ed25519.pub',
  ];
  static override args = { name: deviceNameArg };
  static override flags = {
    variant: Flags.option({ options: variants })({
      description: 'variant of its OS (default: development)',
    }),
    supervisor: Flags.option({ options: supervisorModes })({
      description:
        'on-device supervisor of a development device: its mode (default: unmanaged; managed with an --image whose config.json names a cloud)',
    }),
    'supervisor-version': Flags.option({ options: ['12', '14', '19'] as const })({
      description: 'major version of the emulated supervisor (default: 19)',
    }),
    'engine-port': Flags.integer({
      description: 'TCP port of the engine (default: 2377)',
      min: 1,
      max: 65_535,
    }),
    hostname: Flags.string({
      description: 'host name in its config.json; an empty one is derived from the UUID',
    }),
    'device-type': Flags.string({ description: 'device type that it reports (default: genericx86-64)' }),
    uuid: Flags.string({ description: '32 hex digits (default: random)' }),
    'ssh-key': Flags.string({ description: 'public keys that root may log in with', helpValue: 'FILE' }),
    image: Flags.string({
      description: 'OS image whose config.json, connections and splash it gets, as on its first boot',
      helpValue: 'FILE',
    }),
    fault: Flags.option({ options: faults })({
      description: 'fault that it has until it goes down, to try os doctor and others on',
    }),
    subnet: Flags.string({
      description: 'network of the device (default: 10.213.0.0/24)',
      helpValue: 'CIDR',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EmulatorUp);
    if (flags.uuid !== undefined && !/^[0-9a-f]{32}$/.test(flags.uuid))
      throw new OsError('usage', 'a uuid is 32 lower-case hex digits');
    const given = flags.image === undefined ? undefined : await readImageBoot(flags.image, this.signal);
    const result = await bringUp(emulatorContext(this.config.root, this.signal, this.output), {
      name: args.name,
      boot: given?.boot,
      variant: flags.variant ?? given?.variant,
      supervisorMode: flags.supervisor,
      supervisorMajor: supervisorMajors.find(it => it.toString() === flags['supervisor-version']),
      enginePort: flags['engine-port'],
      hostname: flags.hostname === undefined ? undefined : checkHostname(flags.hostname),
      deviceType: flags['device-type'] ?? given?.deviceType,
      uuid: flags.uuid ?? given?.uuid,
      sshKeys: flags['ssh-key'] === undefined ? undefined : await readKeys(flags['ssh-key']),
      fault: flags.fault,
      subnet: flags.subnet === undefined ? undefined : parseSubnet(flags.subnet),
    });
    this.answer(result, renderUp);
    if (this.output.mode !== 'json') note(this.output, `go on with: os ssh ${result.device.name}`);
  }
}
