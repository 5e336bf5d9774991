import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, type OnModuleInit, SetMetadata, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { caller, NOBODY, type Scope } from './caller.js';
import { ApiError } from './errors.js';

const SCOPE = 'unwind:scope';
const PUBLIC = 'public';
/** What makes a method a door: Nest's own marks of a REST route and of a GraphQL query, mutation or subscription. */
const DOOR_MARKS = ['path', 'graphql:resolver_type'];

/** In the generated OpenAPI until src/docs/openapi.ts makes it the operation's security. */
export const SCOPE_EXTENSION = 'x-scope';
/** Where @nestjs/swagger keeps the extensions of an operation. */
const EXTENSIONS = 'swagger/apiExtension';

/** The scope that an operation asks of the key; the outermost word wins (of two `ApiExtension`, the innermost would). */
export function Needs(scope: Scope): MethodDecorator {
  const documented: MethodDecorator = (_target, _name, { value }: PropertyDescriptor) => {
    const extensions = Reflect.getMetadata(EXTENSIONS, value as object) as object | undefined;
    Reflect.defineMetadata(EXTENSIONS, { ...extensions, [SCOPE_EXTENSION]: scope }, value as object);
  };
  return applyDecorators(SetMetadata(SCOPE, scope), documented);
}

/** An operation that anybody may call, without a key. */
export function Public(): MethodDecorator & ClassDecorator {
  return SetMetadata(SCOPE, PUBLIC);
}

/** Both doors: the caller's key must have the scope that the operation names. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const needed = this.reflector.getAllAndOverride<Scope | typeof PUBLIC | undefined>(SCOPE, [context.getHandler(), context.getClass()]);
    if (needed === PUBLIC) return true;
    const who = caller();
    if (who === NOBODY) throw unauthenticated();
    if (needed && who.scopes?.includes(needed)) return true;
    throw new ApiError('FORBIDDEN', `This needs a key with the scope ${needed}; this key has ${who.scopes?.join(', ') || 'none'}.`);
  }
}

export function unauthenticated(detail = 'This needs a key: Authorization: Bearer unw_...'): ApiError {
  return new ApiError('UNAUTHENTICATED', detail);
}

/** Boot fails where a door says neither its scope nor that it is public. */
@Injectable()
export class DeclaredScopes implements OnModuleInit {
  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const classes = [...this.discovery.getControllers(), ...this.discovery.getProviders()].map(({ metatype }) => metatype);
    const silent = [...new Set(classes)].flatMap((type) => (isClass(type) ? undeclared(type) : []));
    if (silent.length > 0) throw new Error(`These operations do not say which scope they need (@Needs or @Public of src/api/scopes.ts): ${silent.join(', ')}.`);
  }
}

function undeclared(type: Type): string[] {
  if (Reflect.hasMetadata(SCOPE, type)) return [];
  const methods = new MetadataScanner().getAllMethodNames(type.prototype as object);
  const handlers = methods.map((name) => ({ name, handler: (type.prototype as Record<string, object>)[name]! }));
  const doors = handlers.filter(({ handler }) => DOOR_MARKS.some((mark) => Reflect.hasMetadata(mark, handler)));
  return doors.filter(({ handler }) => !Reflect.hasMetadata(SCOPE, handler)).map(({ name }) => `${type.name}.${name}`);
}

function isClass(type: unknown): type is Type {
  return typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null;
}
