// Makes france.csv: the country, the regions and the departments of France with INSEE's official codes.
//
// Usage, from this folder (the package goes to a temporary folder, not into this repository):
//
//   npm install --no-save --prefix /tmp/territories @etalab/decoupage-administratif@6.0.0
//   node make.mjs /tmp/territories > france.csv
//
// For a new year, change release and year below (the package's README has the table), run it and read the diff.
// The same package gives the same bytes.

import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const name = '@etalab/decoupage-administratif'
const release = '6.0.0'
const year = 2026 // the year of the official codes in this release

const from = createRequire(resolve(process.argv[2] ?? '.', 'package.json'))
const found = from(`${name}/package.json`).version
if (found !== release) throw new Error(`${name} is ${found}, this script describes ${release}: see its head`)

// The package lists the overseas collectivities (zone "com") twice, as a region and as a department of the same code.
// In law they are neither. The inhabited ones appear once, at the level of a region, so that those who live there
// can say where they are; the two without permanent inhabitants are left out.
const uninhabited = new Set(['984', '989']) // French Southern and Antarctic Lands, Clipperton

const regions = from(`${name}/data/regions.json`).filter((r) => !uninhabited.has(r.code))
const departments = from(`${name}/data/departements.json`).filter((d) => d.zone !== 'com')

const rows = [
  ['COUNTRY', 'FR', 'France', '', ''],
  ...sorted(regions).map((r) => ['REGION', r.code, r.nom, 'COUNTRY', 'FR']),
  ...sorted(departments).map((d) => ['DEPARTMENT', d.code, d.nom, 'REGION', d.region])
]

expect('regions', regions.filter((r) => r.zone !== 'com').length, 18)
expect('overseas collectivities', regions.filter((r) => r.zone === 'com').length, 6)
expect('departments', departments.length, 101)
const codes = new Set(regions.map((r) => r.code))
for (const d of departments) if (!codes.has(d.region)) throw new Error(`department ${d.code}: no region ${d.region}`)

process.stdout.write(`# Source: INSEE, Code officiel géographique (https://www.insee.fr/fr/information/2560452),
# through the npm package ${name} ${release} by Etalab (https://github.com/etalab/decoupage-administratif).
# Year: ${year}. Licence: Licence Ouverte / Open Licence (https://www.etalab.gouv.fr/licence-ouverte-open-licence).
# Derived: columns chosen and renamed, names and codes unchanged, parents before children. Made by make.mjs, do not edit.
# Overseas collectivities with inhabitants (975, 977, 978, 986, 987, 988), in law neither region nor department, stand as REGION.
`)
for (const row of [['kind', 'code', 'name', 'parent_kind', 'parent_code'], ...rows]) {
  process.stdout.write(row.map(cell).join(',') + '\n')
}

// By code unit, not by locale: 2A and 2B follow 29 on every machine.
function sorted(list) {
  return [...list].sort((a, b) => (a.code < b.code ? -1 : 1))
}

function cell(text) {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function expect(what, got, want) {
  if (got !== want) throw new Error(`${what}: ${got} instead of ${want}`)
}
