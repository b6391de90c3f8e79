package processes

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/territory"
)

// france holds the regions and departments with INSEE's official codes: source, year and licence are its
// first lines.
//
//go:embed territories/france.csv
var france string

// LoadTerritories adds the official territories that the database does not have yet. Servers that start at the same
// moment may all call it.
// Errors: none but those of the database, and of a list that cannot be read.
func (s *Processes) LoadTerritories(ctx context.Context) error {
	reader := csv.NewReader(strings.NewReader(france))
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		return fmt.Errorf("read the official territories: %w", err)
	}

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error { return tx.addTerritories(ctx, rows[1:]) })
	if ent.IsConstraintError(err) {
		return nil // another server that started at the same moment added them
	}
	return err
}

// addTerritories inserts the rows that are new. A row is kind, code, name, and kind and code of the parent; parents
// come before what is in them.
func (tx *tx) addTerritories(ctx context.Context, rows [][]string) error {
	known, err := tx.Territory.Query().All(ctx)
	if err != nil {
		return err
	}

	byCode := make(map[[2]string]*ent.Territory, len(rows))
	for _, t := range known {
		byCode[[2]string{string(t.Kind), t.Code}] = t
	}

	for _, row := range rows {
		key := [2]string{row[0], row[1]}
		if byCode[key] != nil {
			continue
		}

		id := tx.NewID("territory")
		create := tx.Territory.Create().SetID(id).SetKind(territory.Kind(row[0])).SetCode(row[1]).SetName(row[2]).
			SetSearchName(clean.Fold(row[2])).SetPath(id + "/")
		if parent := byCode[[2]string{row[3], row[4]}]; parent != nil {
			create.SetParentID(parent.ID).SetPath(parent.Path + id + "/")
		}

		if byCode[key], err = create.Save(ctx); err != nil {
			return err
		}
	}
	return nil
}

// TerritoryByCode finds a territory by its official code, among those of a kind unless that is nil.
// Errors: NotFoundError of ent; BAD_USER_INPUT on kind when territories of several kinds have the code.
func (s *Processes) TerritoryByCode(ctx context.Context, code string, kind *territory.Kind) (*ent.Territory, error) {
	q := s.Read.Territory.Query().Where(territory.Code(code))
	if kind != nil {
		q.Where(territory.KindEQ(*kind))
	}

	t, err := q.Only(ctx)
	if ent.IsNotSingular(err) {
		return nil, refusal.BadInput("kind", "Several kinds of territory have this code: say which.")
	}
	return t, err
}

// Ancestors returns the territories that the rows are in, by id. A row is among them only if another row is in it.
func (s *Processes) Ancestors(ctx context.Context, rows []*ent.Territory) (map[string]*ent.Territory, error) {
	var ids []string
	for _, row := range rows {
		ids = append(ids, AncestorIDs(row)...)
	}

	slices.Sort(ids)
	found, err := s.Read.Territory.Query().Where(territory.IDIn(slices.Compact(ids)...)).All(ctx)

	byID := make(map[string]*ent.Territory, len(found))
	for _, t := range found {
		byID[t.ID] = t
	}
	return byID, err
}

// AncestorIDs returns the ids of the territories that t is in, the nearest first.
func AncestorIDs(t *ent.Territory) []string {
	ids := strings.Split(strings.TrimSuffix(t.Path, "/"), "/")
	ids = ids[:len(ids)-1]
	slices.Reverse(ids)
	return ids
}
