// Reads the type of what each command passes to `this.answer`, as JSON schemas.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Commands whose reporters print the document: command → the file and the name of its type. */
const reported = { scan: ['src/ui/scan/scan-json.ts', 'ScanResult'] };

/** Types that JSON.stringify writes as text. */
const textTypes = new Set(['Date', 'URL']);

function openProgram() {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  return ts.createProgram(
    fileNames.filter(file => file.includes('/src/')),
    options,
  );
}

class SchemaWriter {
  #checker;
  #root;
  /** Name of a declared type → its schema. */
  definitions = {};
  #names = new Map();

  constructor(checker) {
    this.#checker = checker;
    this.#root = path.resolve('src') + path.sep;
  }

  /** The schema of `type` as JSON; of an interface or alias of ours a reference to its definition. */
  write(type) {
    const declared = type.aliasSymbol ?? type.symbol;
    const isGeneric = (type.aliasTypeArguments ?? this.#checker.getTypeArguments?.(type) ?? []).length > 0;
    const isOurs = declared?.declarations?.some(
      it =>
        it.getSourceFile().fileName.startsWith(this.#root) &&
        (ts.isInterfaceDeclaration(it) || ts.isTypeAliasDeclaration(it)),
    );
    if (!isOurs || isGeneric || type.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike))
      return this.#writeInline(type);
    const name = this.#nameOf(declared);
    if (!(name in this.definitions)) {
      this.definitions[name] = {};
      const description = this.#describe(declared);
      this.definitions[name] = { ...description, ...this.#writeInline(type) };
    }
    return { $ref: `#/$defs/${name}` };
  }

  /** Two types of one name are told apart by a number. */
  #nameOf(symbol) {
    const known = this.#names.get(symbol);
    if (known !== undefined) return known;
    const taken = new Set(this.#names.values());
    let name = symbol.name;
    for (let i = 2; taken.has(name); i++) name = `${symbol.name}${i}`;
    this.#names.set(symbol, name);
    return name;
  }

  #describe(symbol) {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker));
    return text === '' ? {} : { description: text.replaceAll(/\s+/g, ' ') };
  }

  #writeInline(type) {
    const { flags } = type;
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: type.intrinsicName === 'true' };
    if (flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' };
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (type.isUnion()) return this.#writeUnion(type.types);
    if (textTypes.has(type.symbol?.name)) return { type: 'string' };
    const index = this.#checker.getIndexInfosOfType(type);
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type)) {
      const [item] = this.#checker.getTypeArguments(type);
      return { type: 'array', items: item === undefined ? {} : this.write(item) };
    }
    if (index.length > 0 && type.getProperties().length === 0)
      return { type: 'object', additionalProperties: this.write(index[0].type) };
    return this.#writeObject(type);
  }

  #writeUnion(types) {
    const some = types.filter(it => !(it.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)));
    const literals = some.filter(it => it.isStringLiteral() || it.isNumberLiteral());
    const booleans = some.filter(it => it.flags & ts.TypeFlags.BooleanLiteral);
    const others = some.filter(it => !literals.includes(it) && !booleans.includes(it));
    const schemas = [
      ...(literals.length > 0 ? [{ enum: literals.map(it => it.value) }] : []),
      ...(booleans.length === 2 ? [{ type: 'boolean' }] : booleans.map(it => this.#writeInline(it))),
      ...others.map(it => this.write(it)),
    ];
    return schemas.length === 1 ? schemas[0] : { anyOf: schemas };
  }

  #writeObject(type) {
    const properties = {};
    const required = [];
    for (const property of type.getProperties()) {
      const value = this.#checker.getTypeOfSymbol(property);
      if (value.getCallSignatures().length > 0) continue;
      const mayLack =
        property.flags & ts.SymbolFlags.Optional ||
        (value.isUnion() && value.types.some(it => it.flags & ts.TypeFlags.Undefined));
      if (value.flags & ts.TypeFlags.Undefined) continue;
      properties[property.name] = { ...this.#describe(property), ...this.write(value) };
      if (!mayLack) required.push(property.name);
    }
    return { type: 'object', properties, required };
  }
}

const commandOf = (folder, file) => path.relative(folder, file).replace(/\.ts$/, '').replaceAll('/', ' ');

/**
 * The results of the commands in `folder`: `commands`, a schema for each command that answers, by its words, and
 * `definitions`, the named types in them.
 */
export function readResults(folder) {
  const program = openProgram();
  const checker = program.getTypeChecker();
  const writer = new SchemaWriter(checker);
  const commands = {};
  const files = fs.readdirSync(folder, { recursive: true }).filter(file => file.endsWith('.ts'));
  for (const file of files.sort()) {
    const source = program.getSourceFile(path.resolve(folder, file));
    const answers = [];
    const visit = node => {
      if (
        ts.isCallExpression(node) &&
        ts.isPropertyAccessExpression(node.expression) &&
        node.expression.expression.kind === ts.SyntaxKind.ThisKeyword &&
        node.expression.name.text === 'answer'
      )
        answers.push(writer.write(checker.getTypeAtLocation(node.arguments[0])));
      ts.forEachChild(node, visit);
    };
    visit(source);
    if (answers.length === 0) continue;
    commands[commandOf(folder, path.join(folder, file))] =
      answers.length === 1 ? answers[0] : { anyOf: answers };
  }
  for (const [command, [file, name]] of Object.entries(reported)) {
    const source = checker.getSymbolAtLocation(program.getSourceFile(path.resolve(file)));
    const symbol = checker.getExportsOfModule(source).find(it => it.name === name);
    commands[command] = writer.write(checker.getDeclaredTypeOfSymbol(symbol));
  }
  const sorted = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1));
  return { commands: Object.fromEntries(sorted), definitions: writer.definitions };
}
