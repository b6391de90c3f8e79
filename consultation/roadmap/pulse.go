package roadmap

import (
	"context"
	"fmt"
	"strings"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent/amendment"
	"ensemble/ent/organization"
)

// Discussion is how many comments there are, and how many root comments take each side.
type Discussion struct {
	CommentCount    int
	AlignmentCounts Alignments // of root comments
}

// add adds the numbers of more to d.
func (d *Discussion) add(more Discussion) {
	d.CommentCount += more.CommentCount
	d.AlignmentCounts.For += more.AlignmentCounts.For
	d.AlignmentCounts.Against += more.AlignmentCounts.Against
	d.AlignmentCounts.Neutral += more.AlignmentCounts.Neutral
}

// Without returns d less the part.
func (d Discussion) Without(part Discussion) Discussion {
	sides := part.AlignmentCounts
	d.add(Discussion{-part.CommentCount, Alignments{For: -sides.For, Against: -sides.Against, Neutral: -sides.Neutral}})
	return d
}

// Pulse is the numbers of a process: what everybody can see on its public commitments and their amendments.
type Pulse struct {
	Discussion
	Territories          map[string]Discussion            // by id, of commitments in it: each counts once
	Kinds                map[organization.Kind]Discussion // in the name of organizations
	Amendments           map[amendment.State]int
	PersonSupports       int
	OrganizationSupports int
}

// Marks implements live.Meter: it returns how many events there were on each process and its
// commitments. It is one statement for all processes.
func (s *Roadmap) Marks(ctx context.Context, processes []string) (map[string]int64, error) {
	among := change.Anys(processes)
	query, args := change.SQL(`SELECT c.process_id, CAST(SUM(t.seq) AS bigint) FROM commitments c JOIN topics t ON t.id = c.id
WHERE c.process_id IN (`, among...).
		Add(`) GROUP BY c.process_id UNION ALL SELECT id, seq FROM topics WHERE id IN (`, among...).Add(")").Query()

	rows, err := s.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("count events of %d processes: %w", len(processes), err)
	}
	defer func() { _ = rows.Close() }()

	marks := make(map[string]int64, len(processes))
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		marks[id] += n
	}
	return marks, rows.Err()
}

// measure is the SQL of a Pulse: one statement, so that its numbers agree with each other. It reads counters, and
// counts only what has none: comments and supports in the name of organizations, through indexes of these alone. A
// commitment comes once for each territory that it names, or once without.
var measure = `WITH public AS (
	SELECT id, comment_count, for_count, against_count, neutral_count, support_count + earlier_support_count AS supports
	FROM commitments c WHERE process_id = $1 AND ` + public.PublicCommitmentSQL("c") + `
), amended AS (
	SELECT a.commitment_id AS id, a.state, COUNT(*) AS amendments, SUM(a.comment_count) AS comment_count,
		SUM(a.for_count) AS for_count, SUM(a.against_count) AS against_count, SUM(a.neutral_count) AS neutral_count
	FROM amendments a JOIN public ON public.id = a.commitment_id WHERE ` + public.PublicAmendmentSQL("a") + `
	GROUP BY a.commitment_id, a.state
), discussed AS (
	SELECT id, SUM(comment_count) AS comment_count, SUM(for_count) AS for_count, SUM(against_count) AS against_count,
		SUM(neutral_count) AS neutral_count
	FROM (
		SELECT id, comment_count, for_count, against_count, neutral_count FROM public
		UNION ALL SELECT id, comment_count, for_count, against_count, neutral_count FROM amended
	) AS parts GROUP BY id HAVING SUM(comment_count) > 0
), found AS (
	SELECT 'commitment' AS part, d.id AS name, COALESCE(t.path, '') AS path,
		d.comment_count AS n, d.for_count AS f, d.against_count AS a, d.neutral_count AS u
	FROM discussed d LEFT JOIN commitment_territories l ON l.commitment_id = d.id LEFT JOIN territories t ON t.id = l.territory_id
	UNION ALL
	SELECT 'kind', o.kind, '', COUNT(*),
		SUM(CASE WHEN m.parent_id IS NULL AND m.alignment = 'FOR' THEN 1 ELSE 0 END),
		SUM(CASE WHEN m.parent_id IS NULL AND m.alignment = 'AGAINST' THEN 1 ELSE 0 END),
		SUM(CASE WHEN m.parent_id IS NULL AND COALESCE(m.alignment, 'NEUTRAL') = 'NEUTRAL' THEN 1 ELSE 0 END)
	FROM public JOIN comments m ON m.topic = public.id JOIN organizations o ON o.id = m.organization_id
	WHERE m.organization_id IS NOT NULL AND ` + public.ReadableCommentSQL("m") + ` GROUP BY o.kind
	UNION ALL
	SELECT 'amendments', state, '', SUM(amendments), 0, 0, 0 FROM amended GROUP BY state
	UNION ALL
	SELECT 'supports', '', '', COALESCE(SUM(supports), 0), 0, 0, 0 FROM public
	UNION ALL
	SELECT 'organizations', '', '', COUNT(*), 0, 0, 0
	FROM public JOIN supports s ON s.commitment_id = public.id WHERE s.organization_id IS NOT NULL
)
SELECT part, name, path, CAST(n AS bigint), CAST(f AS bigint), CAST(a AS bigint), CAST(u AS bigint) FROM found`

// Measure implements live.Meter. It returns the Pulse of a process.
func (s *Roadmap) Measure(ctx context.Context, process string) (any, error) {
	rows, err := s.Read.QueryContext(ctx, measure, process)
	if err != nil {
		return nil, fmt.Errorf("measure process %s: %w", process, err)
	}
	defer func() { _ = rows.Close() }()

	p := Pulse{
		Territories: map[string]Discussion{}, Kinds: map[organization.Kind]Discussion{},
		Amendments: map[amendment.State]int{},
	}
	seen := map[string]bool{}
	supports := 0
	for rows.Next() {
		var part, name, path string
		var d Discussion
		sides := &d.AlignmentCounts
		err := rows.Scan(&part, &name, &path, &d.CommentCount, &sides.For, &sides.Against, &sides.Neutral)
		if err != nil {
			return nil, err
		}

		switch part {
		case "commitment":
			p.addCommitment(seen, name, path, d)
		case "kind":
			p.Kinds[organization.Kind(name)] = d
		case "amendments":
			p.Amendments[amendment.State(name)] = d.CommentCount
		case "supports":
			supports = d.CommentCount
		case "organizations":
			p.OrganizationSupports = d.CommentCount
		}
	}

	// The counters have all supports: those of people are the rest.
	p.PersonSupports = supports - p.OrganizationSupports
	return p, rows.Err()
}

// addCommitment adds what was said about a commitment to the whole, to the territory that path leads to, and to those
// that it is in. seen notes where it was added already: a commitment comes once for each territory that it names.
func (p *Pulse) addCommitment(seen map[string]bool, id, path string, d Discussion) {
	once := func(place string) bool {
		key := id + "/" + place
		before := seen[key]
		seen[key] = true
		return !before
	}

	if once("") {
		p.add(d)
	}

	for place := range strings.SplitSeq(strings.TrimSuffix(path, "/"), "/") {
		if place != "" && once(place) {
			there := p.Territories[place]
			there.add(d)
			p.Territories[place] = there
		}
	}
}
