import assert from 'node:assert/strict';
import {
  deviceWordsOf,
  mayNameNone,
  mayNameSeveral,
  nameDevice,
  projectWordsOf,
  type DeviceSyntax,
  type Parsed,
} from '../../../../src/cli/several/device-words.ts';

const push: DeviceSyntax = {
  ...{ position: 'argument', takesAll: true, argNames: ['device'], isStrict: true },
  devicelessFlag: undefined,
};
const logs: DeviceSyntax = { ...push, argNames: ['device', 'service'], isStrict: false };
const update: DeviceSyntax = { ...push, argNames: ['device', 'file'] };
const config: DeviceSyntax = { ...push, position: 'on', takesAll: false, argNames: ['key'] };

/** As oclif parses it. */
const parsed = (
  { argNames }: DeviceSyntax,
  argv: readonly string[],
  flags: Readonly<Record<string, unknown>> = {},
): Parsed => ({
  args: Object.fromEntries(argNames.map((name, i) => [name, argv[i]])),
  flags: { ...flags },
  argv: [...argv],
});

const withEnvironment = (device: string, check: () => void): void => {
  const before = process.env['OS_DEVICE'];
  process.env['OS_DEVICE'] = device;
  try {
    check();
  } finally {
    if (before === undefined) delete process.env['OS_DEVICE'];
    else process.env['OS_DEVICE'] = before;
  }
};

describe('the devices that a command line names', () => {
  it('are the parts of the first argument, of --device and of OS_DEVICE', () => {
    assert.deepEqual(deviceWordsOf(parsed(push, ['kitchen, hall,@shop']), push), [
      'kitchen',
      'hall',
      '@shop',
    ]);
    const flags = { device: ['kitchen,hall', '10.0.0.7'] };
    assert.deepEqual(deviceWordsOf(parsed(push, [], flags), push), ['kitchen', 'hall', '10.0.0.7']);
    withEnvironment('kitchen,hall', () => {
      assert.deepEqual(deviceWordsOf(parsed(push, []), push), ['kitchen', 'hall']);
      assert.deepEqual(deviceWordsOf(parsed(push, ['yard']), push), ['yard']);
    });
  });

  it('are all that a scan finds with --all, which excludes --device', () => {
    assert.deepEqual(deviceWordsOf(parsed(push, [], { all: true }), push), ['@all']);
    assert.throws(
      () => deviceWordsOf(parsed(push, [], { all: true, device: ['kitchen'] }), push),
      /--all and --device/,
    );
  });

  it('are named by an argument or by a flag, and not by both', () => {
    for (const flags of [{ device: ['hall'] }, { all: true }])
      assert.throws(() => deviceWordsOf(parsed(push, ['yard'], flags), push), /unexpected argument: yard/);
    assert.deepEqual(deviceWordsOf(parsed(update, ['new.tar'], { all: true }), update), ['@all']);
  });

  it('are not taken from an --all that means something else', () => {
    const ps = { ...push, takesAll: false };
    assert.deepEqual(deviceWordsOf(parsed(ps, ['kitchen'], { all: true }), ps), ['kitchen']);
  });

  it('are no file: an image after --on, the only word of os update', () => {
    const on = (word: string): readonly string[] | undefined =>
      deviceWordsOf(parsed(config, ['a'], { on: word }), config);
    assert.deepEqual(on('./kitchen,hall.img'), []);
    assert.deepEqual(on('image:kitchen,hall.img'), []);
    assert.deepEqual(on('kitchen,hall'), ['kitchen', 'hall']);
    assert.equal(deviceWordsOf(parsed(update, ['a,b.tar']), update), undefined);
    assert.deepEqual(deviceWordsOf(parsed(update, ['a,b', 'c.tar']), update), ['a', 'b']);
    const status = parsed(update, ['a,b'], { status: true });
    assert.deepEqual(deviceWordsOf(status, update), ['a', 'b']);
    nameDevice(status, update, 'b');
    assert.deepEqual(status.args, { device: 'b', file: undefined });
  });

  it('are those of os.yml where nothing names any', () => {
    assert.equal(deviceWordsOf(parsed(push, []), push), undefined);
    withEnvironment('', () => assert.equal(deviceWordsOf(parsed(push, []), push), undefined));
    assert.deepEqual(projectWordsOf('kitchen,@shop'), ['kitchen', '@shop']);
    assert.deepEqual(projectWordsOf('@shop'), ['@shop']);
    for (const device of [undefined, 'kitchen']) assert.deepEqual(projectWordsOf(device), []);
  });

  it('are looked for in os.yml only where the command line may name none', () => {
    for (const [argv, syntax] of [
      [[], push],
      [['--detach'], push],
      [['--', 'uptime'], push],
      [['new.tar'], update],
      [['key', '--yes'], config],
    ] as const)
      assert.ok(mayNameNone(argv, syntax), argv.join(' '));
    for (const [argv, syntax] of [
      [['kitchen'], push],
      [['kitchen', '--detach'], push],
      [['key', '--on', 'kitchen'], config],
      [['key', '--on=kitchen'], config],
    ] as const)
      assert.ok(!mayNameNone(argv, syntax), argv.join(' '));
    withEnvironment('yard', () => assert.ok(!mayNameNone([], push)));
  });

  it('are none of $OS_DEVICE and os.yml where a flag says that the command works on no device', () => {
    const doctor = { ...push, devicelessFlag: 'machine' };
    const flags = { machine: true };
    withEnvironment('kitchen,hall', () => {
      assert.deepEqual(deviceWordsOf(parsed(doctor, [], flags), doctor), []);
      assert.deepEqual(deviceWordsOf(parsed(doctor, ['a,b'], flags), doctor), ['a', 'b']);
    });
  });

  it('are looked for only where a word of the command line may name several', () => {
    for (const argv of [['a,b'], ['@shop'], ['--all'], ['--device=a'], ['--device', 'a']])
      assert.ok(mayNameSeveral(argv), argv.join(' '));
    for (const argv of [['kitchen', '--detach'], [], ['kitchen', '--', 'echo', 'a,b', '--all']])
      assert.ok(!mayNameSeveral(argv), argv.join(' '));
    withEnvironment('@shop', () => assert.ok(mayNameSeveral([])));
  });
});

describe('one of several devices', () => {
  it('takes the place of the words that named them', () => {
    const it = parsed(logs, ['kitchen,hall', 'web', 'db']);
    nameDevice(it, logs, 'hall');
    assert.deepEqual(it.argv, ['hall', 'web', 'db']);
    assert.deepEqual(it.args, { device: 'hall', service: 'web' });
  });

  it('comes before the other arguments where a flag named it', () => {
    const it = parsed(logs, ['web', 'db'], { device: ['kitchen', 'hall'] });
    nameDevice(it, logs, 'hall');
    assert.deepEqual(it.argv, ['hall', 'web', 'db']);
    assert.deepEqual(it.args, { device: 'hall', service: 'web' });
    const file = parsed(update, ['new.tar'], { all: true });
    nameDevice(file, update, 'hall');
    assert.deepEqual(file.args, { device: 'hall', file: 'new.tar' });
  });

  it('comes before the file where OS_DEVICE named it', () => {
    const it = parsed(update, ['new.tar']);
    nameDevice(it, update, 'hall');
    assert.deepEqual(it.args, { device: 'hall', file: 'new.tar' });
  });

  it('is the target of --on', () => {
    const it = parsed(config, ['hostname'], { on: 'kitchen,hall' });
    nameDevice(it, config, 'hall');
    assert.equal(it.flags['on'], 'hall');
    assert.deepEqual(it.argv, ['hostname']);
  });
});
