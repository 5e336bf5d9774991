/** Messages among the arguments of a GraphQL request. They stand at fields of the root alone. */
import { TypeMetadataStorage } from '@nestjs/graphql';
import type { BaseContext, GraphQLRequestContext } from '@apollo/server';
import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, getNamedType, type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLSchema, isNonNullType, Kind, type OperationDefinitionNode, type SelectionSetNode, type ValueNode, valueFromASTUntyped, visit } from 'graphql';
import { toGraphQLError } from './error.filter.js';
import { invalidInput, type Issue } from './errors.js';
import { checkedInTurns, isLarge } from './validation.js';

interface Input {
  readonly field: FieldNode;
  readonly argument: string;
  readonly type: new () => object;
  /** Absent where a required one was left out. */
  readonly node?: ValueNode | undefined;
}

type Request = Pick<GraphQLRequestContext<BaseContext>, 'request' | 'schema' | 'contextValue'>;

/** Messages that were checked before the execution, by the field that takes them. */
const taken = new WeakMap<BaseContext, ReadonlyMap<FieldNode, Readonly<Record<string, object>>>>();

/**
 * graphql-js looks at every element of an input in one go, however many there are: large ones are checked before, in turns, and the execution gets them hollow.
 * `withTakenInputs` puts them back. Throws INVALID_INPUT.
 */
export async function takeLargeInputs({ request, schema, contextValue }: Request, document: DocumentNode): Promise<void> {
  if (!isLarge(request.variables)) return;
  const inputs = inputsOf({ request, schema, contextValue }, document);
  const checked = await Promise.all(inputs.map(async (input) => ({ ...input, ...(await checkedInTurns(input.type, given(input, request.variables))) })));
  const issues = checked.flatMap((each) => each.issues);
  if (issues.length > 0) throw toGraphQLError(invalidInput(issues));
  const byField = new Map<FieldNode, Record<string, object>>();
  for (const { field, argument, message } of checked) byField.set(field, { ...byField.get(field), [argument]: message! });
  taken.set(contextValue, byField);
  const names = new Set(inputs.flatMap(({ node }) => variablesIn(node)));
  request.variables = Object.fromEntries(Object.entries(request.variables ?? {}).map(([name, value]) => [name, names.has(name) ? hollow(value) : value]));
}

/** Has the fields of the root given the messages that were taken out of their arguments. */
export function withTakenInputs(schema: GraphQLSchema): GraphQLSchema {
  const classes = inputClasses(schema);
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (field.resolve && field.args.some((argument) => classes.has(getNamedType(argument.type).name))) field.resolve = withTaken(field.resolve);
    }
  }
  return schema;
}

function withTaken(resolve: GraphQLFieldResolver<unknown, BaseContext>): GraphQLFieldResolver<unknown, BaseContext> {
  return (source, args, context, info) => resolve(source, { ...args, ...taken.get(context)?.get(info.fieldNodes[0]!) }, context, info);
}

/** What is wrong with the messages, as REST says it. */
export async function issuesOfInputs(context: Request, document: DocumentNode): Promise<readonly Issue[]> {
  if (taken.has(context.contextValue)) return [];
  const checked = await Promise.all(inputsOf(context, document).map((input) => checkedInTurns(input.type, given(input, context.request.variables))));
  return checked.flatMap(({ issues }) => issues);
}

function given({ node }: Input, variables: Request['request']['variables']): unknown {
  return node && valueFromASTUntyped(node, variables);
}

function inputsOf({ request, schema }: Request, document: DocumentNode): Input[] {
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION && (!request.operationName || node.name?.value === request.operationName));
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return [];
  const fragments = new Map(document.definitions.filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]));
  const classes = inputClasses(schema);
  return [...fieldsOf(operation.selectionSet, fragments)].flatMap((field) => inputsOfField(field, root, classes));
}

function inputsOfField(field: FieldNode, root: GraphQLObjectType, classes: ReturnType<typeof inputClasses>): Input[] {
  const declared = root.getFields()[field.name.value]?.args ?? [];
  return declared.flatMap(({ name: argument, type: wanted }) => {
    const type = classes.get(getNamedType(wanted).name);
    const node = field.arguments?.find(({ name }) => name.value === argument)?.value;
    return type && (node || isNonNullType(wanted)) ? [{ field, argument, type, node }] : [];
  });
}

/** Fields of one level, once each. */
function fieldsOf({ selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, found = new Set<FieldNode>(), spread = new Set<string>()): Set<FieldNode> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) found.add(selection);
    else if (selection.kind === Kind.INLINE_FRAGMENT) fieldsOf(selection.selectionSet, fragments, found, spread);
    else if (!spread.has(selection.name.value)) {
      const fragment = fragments.get(selection.name.value);
      if (fragment) fieldsOf(fragment.selectionSet, fragments, found, spread.add(selection.name.value));
    }
  }
  return found;
}

function variablesIn(node: ValueNode | undefined): string[] {
  const names: string[] = [];
  if (node) visit(node, { Variable: ({ name }) => void names.push(name.value) });
  return names;
}

/** The same with all lists empty. */
function hollow(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hollow(inner)])) : value;
}

function inputClasses(schema: GraphQLSchema): Map<string, new () => object> {
  const classes = TypeMetadataStorage.getInputTypesMetadata().map(({ name, target }) => [name, target as new () => object] as const);
  return new Map(classes.filter(([name]) => schema.getType(name)));
}
