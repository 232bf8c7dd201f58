// The page of the answers of commands, as Markdown.

const nameOf = ({ $ref }) => $ref.slice('#/$defs/'.length);

/** A schema in a few words: `text[]`, `number or null`. */
function describe(schema) {
  if (schema.$ref !== undefined) return `[${nameOf(schema)}](#${nameOf(schema).toLowerCase()})`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(describe).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map(it => `\`${it}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.type === 'array') return `list of ${describe(schema.items).replace(/^object$/, 'objects')}`;
  if (schema.type === 'object' && schema.additionalProperties !== undefined)
    return `object, by name, of ${describe(schema.additionalProperties)}`;
  return { string: 'text', undefined: 'any JSON' }[String(schema.type)] ?? schema.type;
}

const cell = text => text.replaceAll('|', '\\|');

/** The object without a name of its own that `schema` is, holds in a list, or may be; undefined if there is none. */
function objectIn(schema) {
  if (schema.type === 'object' && schema.properties !== undefined) return { object: schema, suffix: '' };
  if (schema.type === 'array') {
    const inner = objectIn(schema.items);
    return inner && { object: inner.object, suffix: `[]${inner.suffix}` };
  }
  return schema.anyOf?.map(objectIn).find(it => it !== undefined);
}

/** The fields of an object, a row each; those of objects inside that have no name of their own follow with a dot. */
function rowsOf({ properties = {}, required = [] }, prefix = '') {
  return Object.entries(properties).flatMap(([name, field]) => {
    const own = `${prefix}${name}`;
    const about = [required.includes(name) ? '' : 'may be absent', field.description ?? ''];
    const row = `| \`${own}\` | ${cell(describe(field))} | ${cell(about.filter(it => it !== '').join('; '))} |`;
    const inner = objectIn(field);
    return inner === undefined ? [row] : [row, ...rowsOf(inner.object, `${own}${inner.suffix}.`)];
  });
}

const tableOf = schema => {
  const rows = rowsOf(schema);
  return rows.length === 0 ? '' : `| field | value | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
};

function sectionOf(schema) {
  const about = schema.description === undefined ? '' : `${schema.description}\n\n`;
  if (schema.type === 'object' && schema.properties !== undefined) return `${about}${tableOf(schema)}`;
  if (schema.type === 'array' && schema.items.properties !== undefined)
    return `${about}A list of objects:\n\n${tableOf(schema.items)}`;
  if (schema.anyOf?.some(it => it.properties !== undefined))
    return `${about}${schema.anyOf.map(it => (it.properties ? tableOf(it) : describe(it))).join('\nor\n\n')}`;
  return `${about}${describe(schema)}\n`;
}

export function renderResults({ commands, definitions }) {
  const sections = Object.entries(commands).map(
    ([command, schema]) => `### \`os ${command}\`\n\n${sectionOf(schema)}`,
  );
  const types = Object.entries(definitions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `### ${name}\n\n${sectionOf(schema)}`);
  return `# Results of \`--json\`

A command that answers once prints one document with \`--json\`: \`{"ok":true,"result":…}\`, or
\`{"ok":false,"error":{"code","message","hint","exitCode"}}\`. This page lists the fields of each \`result\`; it is generated from the
program's own types, as is [results.schema.json](results.schema.json). Fields are added, never renamed: ignore those that you
do not know. Commands that stream print [events](events.md) instead. Where [several devices](devices.md#several-devices) are named,
\`result\` is \`{"devices":[…]}\`: a document for each, with its \`device\`.

## Commands

${sections.join('\n')}
## Types

${types.join('\n')}`;
}
