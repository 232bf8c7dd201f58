import assert from 'node:assert/strict';
import { renderChoices, type DeviceChoice } from '../../../../src/ui/picker/device-choices.ts';

const device = (name: string, address = '10.0.0.5', uuid: string | null = '63ec46cd'): DeviceChoice => ({
  host: `${name}.local`,
  addresses: ['fe80::1%eth0', address],
  identity: { variant: 'development', osVersion: '2.0.0', uuid },
});

const frame = { columns: 80, rows: 24, isSearching: false };

describe('the picker of devices', () => {
  it('aligns what tells devices apart, and marks one', () => {
    assert.deepEqual(renderChoices([device('a'), device('longer', '192.168.100.2')], 1, frame), [
      '  a       10.0.0.5       development  2.0.0  63ec46c',
      '❯ longer  192.168.100.2  development  2.0.0  63ec46c',
    ]);
  });

  it('shows an emulated device under the name it was made with', () => {
    const [line] = renderChoices([{ ...device('63ec46c'), name: 'kitchen' }], 0, frame);
    assert.match(line ?? '', /^❯ kitchen {2}10/);
  });

  it('says while it is filled that it still searches', () => {
    const choices = [{ ...device('a'), identity: null }];
    assert.deepEqual(renderChoices(choices, 0, { ...frame, isSearching: true }), [
      '❯ a  10.0.0.5',
      '  searching…',
    ]);
    assert.deepEqual(renderChoices([], 0, { ...frame, isSearching: true }), ['  searching…']);
  });

  it('shows that there are more than fit, and always the one that is marked', () => {
    const many = Array.from({ length: 20 }, (_, i) => device(`d${i.toString()}`));
    for (let index = 0; index < many.length; index += 1) {
      const lines = renderChoices(many, index, { ...frame, rows: 8 });
      assert.equal(lines.length, 6);
      assert.equal(lines.at(-1), '  15 more: ↑ and ↓ show them');
      assert.ok(lines.some(line => line.startsWith(`❯ d${index.toString()} `)));
    }
  });

  it('lets no device change the shape of the list, and is never wider than the terminal', () => {
    const lines = renderChoices([device('a\x1b[2J\nb')], 0, { ...frame, columns: 20 });
    assert.equal(lines.length, 1);
    assert.ok((lines[0] ?? '').length < 20);
  });
});
