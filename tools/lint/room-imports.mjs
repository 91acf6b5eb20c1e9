import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { ANY, PARENTS } from './rooms.mjs';

/**
 * ESLint rule: holds the rule between rooms. It needs nothing but the file's own text and the table, so, unlike a rule
 * that reads a cached project graph, it cannot be switched off by a missing cache.
 *
 * @typedef {import('./rooms.mjs').Package} Package
 * @typedef {{root: string, packages: Package[], rooms: Record<string, readonly string[] | '*'>}} Options
 */
export const roomImports = {
  meta: {
    type: /** @type {const} */ ('problem'),
    schema: [{ type: /** @type {const} */ ('object') }],
    messages: {
      forbidden: "room '{{from}}' may import {{allowed}}, but this imports '{{specifier}}' of room '{{to}}'",
      escape: "'{{specifier}}' leaves {{dir}}; import another package by its name",
      homeless: 'expected this file in a package with a room, received a folder without package.json',
      unknown: "'{{specifier}}' is in no package of this workspace",
    },
  },
  /** @param {import('eslint').Rule.RuleContext} context */
  create(context) {
    const { root, packages, rooms } = /** @type {Options} */ (context.options[0]);
    const path = relative(root, context.filename);
    const own = owner(packages, path);
    if (own === undefined) {
      // Configuration at the root is in no room; a file between the packages must not be.
      if (!PARENTS.includes(path.split(sep)[0] ?? '')) return {};
      return { Program: (/** @type {any} */ node) => context.report({ node, messageId: 'homeless' }) };
    }
    if (rooms[own.room] === ANY) return {};
    const allowed = /** @type {readonly string[]} */ (rooms[own.room]);

    /** @param {any} node the expression that names the module */
    const check = (node) => {
      const specifier = staticText(node);
      if (specifier === undefined) return;
      const target = isPath(specifier)
        ? owner(packages, relative(root, resolve(dirname(context.filename), specifier)))
        : packages.find(({ name }) => name !== null && (specifier === name || specifier.startsWith(`${name}/`)));
      if (target === own) return;
      if (isPath(specifier)) {
        context.report({ node, messageId: 'escape', data: { specifier, dir: own.dir } });
      } else if (target === undefined) {
        if (specifier.startsWith('@srvau/')) context.report({ node, messageId: 'unknown', data: { specifier } });
      } else if (!allowed.includes(target.room)) {
        const list = allowed.length > 0 ? allowed.join(', ') : 'nothing of ours';
        context.report({
          node,
          messageId: 'forbidden',
          data: { from: own.room, allowed: list, specifier, to: target.room },
        });
      }
    };

    /** @param {any} node */
    const checkSource = (node) => check(node.source);
    return {
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
      /** @param {any} node */
      TSExternalModuleReference: (node) => check(node.expression),
      /** @param {any} node */
      CallExpression: (node) => {
        if (isRequire(node.callee) || isJestModuleCall(node.callee)) check(node.arguments[0]);
      },
    };
  },
};

/**
 * @param {any} node a literal, a template without expressions, or anything else
 * @returns {string | undefined}
 */
function staticText(node) {
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return typeof node?.value === 'string' ? node.value : undefined;
}

/**
 * @param {readonly Package[]} packages
 * @param {string} path relative to the root
 */
function owner(packages, path) {
  const unified = path.split(sep).join('/');
  return packages.find(({ dir }) => unified === dir || unified.startsWith(`${dir}/`));
}

/** @param {string} specifier */
function isPath(specifier) {
  return /^\.{1,2}(\/|$)/.test(specifier) || specifier.startsWith('file:') || isAbsolute(specifier);
}

/**
 * `require(…)` and `require.resolve(…)`.
 *
 * @param {any} callee
 */
function isRequire(callee) {
  return callee.name === 'require' || (callee.object?.name === 'require' && callee.property?.name === 'resolve');
}

/**
 * `jest.mock(…)`, `jest.requireActual(…)` and the like.
 *
 * @param {any} callee
 */
function isJestModuleCall(callee) {
  return callee.object?.name === 'jest' && /mock|require/i.test(callee.property?.name ?? '');
}
