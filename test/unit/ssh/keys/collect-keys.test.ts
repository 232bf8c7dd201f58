import assert from 'node:assert/strict';
import type { ParsedKey } from 'ssh2';
import { chooseKeys } from '../../../../src/ssh/keys/collect-keys.ts';
import type { SigningKey } from '../../../../src/ssh/keys/key-ring.ts';

/** A key known by `name`, held by `holder`. */
function key(name: string, holder: string): SigningKey & { label: string } {
  return {
    label: `${holder}:${name}`,
    public: { getPublicSSH: () => Buffer.from(name) } as ParsedKey,
    sign: () => assert.fail('nothing is signed here'),
  };
}

const agentOf = (...names: string[]): SigningKey[] => names.map(name => key(name, 'agent'));
const filesOf = (...names: string[]): SigningKey[] => names.map(name => key(name, 'file'));

function choose(found: Partial<Parameters<typeof chooseKeys>[0]>): { labels: string[]; notes: string[] } {
  const notes: string[] = [];
  const chosen = chooseKeys({
    identity: undefined,
    agentKeys: [],
    files: [],
    places: 5,
    note: text => notes.push(text),
    ...found,
  });
  return { labels: chosen.map(each => (each as SigningKey & { label: string }).label), notes };
}

describe('the keys offered to a device', () => {
  it('are the named one, the agent’s, the files', () => {
    assert.deepEqual(choose({ identity: key('i', 'named'), agentKeys: agentOf('a'), files: filesOf('f') }), {
      labels: ['named:i', 'agent:a', 'file:f'],
      notes: [],
    });
  });

  it('are offered once each, signed by the agent where it can', () => {
    const found = {
      identity: key('i', 'named'),
      agentKeys: agentOf('i', 'f', 'a'),
      files: filesOf('f', 'i'),
    };
    assert.deepEqual(choose(found).labels, ['agent:i', 'agent:f', 'agent:a']);
  });

  it('leave room for the files when the agent has many, and say so', () => {
    const found = { agentKeys: agentOf('1', '2', '3', '4', '5', '6', 'f'), files: filesOf('f', 'g') };
    const { labels, notes } = choose(found);
    assert.deepEqual(labels, ['agent:f', 'agent:1', 'agent:2', 'agent:3', 'file:g']);
    assert.match(notes.join(), /holds 7 keys, of which the first 4 are offered/);
  });

  it('are never more than the device allows', () => {
    const found = { identity: key('i', 'named'), files: filesOf('1', '2', '3', '4', '5', '6') };
    assert.equal(choose(found).labels.length, 5);
  });
});
