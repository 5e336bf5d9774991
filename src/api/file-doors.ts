/** REST words for files: uploads, downloads, and lists that may be either. */
import type { Readable } from 'node:stream';
import { applyDecorators, Get, HttpCode, Post, StreamableFile, type Type, UseInterceptors } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiExtraModels, ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Keyed, LinkHeader, REPLAYED } from './doors.js';
import { CSV_TYPE, JSON_TYPE, LINE_TYPES, type LineType, type Media, NDJSON_TYPE } from './media.js';
import { PageOf } from './pages.js';
import { Needs } from './scopes.js';

export function Imports(output: Type, line: Type, summary: string, path: string): MethodDecorator {
  return applyDecorators(Needs('write'), Post(path), HttpCode(200), RouteConfig({ takes: LINE_TYPES } satisfies Media), Keyed(), ApiOperation({ summary }), ApiConsumes(...LINE_TYPES), ApiExtraModels(line), ApiBody({ required: true, description: lineWords(line), schema: { type: 'string' } }), ApiOkResponse({ type: output, headers: REPLAYED }));
}

export function Exports(line: Type, summary: string, path: string): MethodDecorator {
  return applyDecorators(Needs('read'), Get(path), RouteConfig({ gives: LINE_TYPES } satisfies Media), ApiOperation({ summary }), ApiExtraModels(line), ApiProduces(...LINE_TYPES), ApiOkResponse({ description: lineWords(line), schema: { type: 'string' } }));
}

/** Rows as a page of JSON, or by Accept all of them as a file; CSV has these columns. */
export function ListsRows(output: Type, columns: readonly string[], summary: string, path: string): MethodDecorator {
  const page = PageOf(output);
  const content = {
    [JSON_TYPE]: { schema: { $ref: getSchemaPath(page) } },
    [NDJSON_TYPE]: { schema: { type: 'string', description: `All rows, each a ${output.name} on a line of its own.` } },
    [CSV_TYPE]: { schema: { type: 'string', description: `All rows (RFC 4180), columns ${columns.join(', ')}; null is an empty field.` } },
  } as const;
  const headers = { Link: { schema: { type: 'string' }, description: 'Of JSON: the next page, rel="next".' } } as const;
  const gives = [JSON_TYPE, ...LINE_TYPES] as const;
  return applyDecorators(Needs('read'), Get(path), RouteConfig({ gives } satisfies Media), UseInterceptors(LinkHeader), ApiOperation({ summary }), ApiExtraModels(page, output), ApiResponse({ status: 200, description: 'A page of JSON; NDJSON and CSV without limit and cursor.', headers, content }));
}

/** A stream as the body of an answer, under a name for people who save it. */
export function attached(stream: Readable, type: LineType, name: string): StreamableFile {
  return type === NDJSON_TYPE
    ? new StreamableFile(stream, { type: NDJSON_TYPE, disposition: `attachment; filename="${name}.ndjson"` })
    : new StreamableFile(stream, { type: `${CSV_TYPE}; charset=utf-8; header=present`, disposition: `attachment; filename="${name}.csv"` });
}

function lineWords(line: Type): string {
  return `One ${line.name} a line (${getSchemaPath(line)}): NDJSON, or CSV (RFC 4180) with a header row.`;
}
