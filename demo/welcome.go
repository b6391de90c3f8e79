package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"text/tabwriter"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/process"
)

// exampleNumber is the number of the commitment that the welcome leads to: it has amendments to decide on and a thread
// to read.
const exampleNumber = 3

// Welcome prints what people can try in the database that Fill filled, at the address it is served from.
func Welcome(ctx context.Context, service *consultation.Service, out io.Writer, addr string) error {
	example, err := findExample(ctx, service)
	if err != nil {
		return err
	}

	site := "http://" + reachable(addr)
	fmt.Fprintf(out, "\nWeb app   %s/\nExplorer  %s/explorer\nGraphQL   %s/graphql\n\n", site, site, site)

	fmt.Fprintf(out, "Everybody can read. To take part, sign in with the password %s as\n\n", password)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, a := range accounts {
		fmt.Fprintf(table, "  %s\t%s\n", a.email, a.may)
	}
	_ = table.Flush() // as with Fprintf: where it cannot be read, nothing is lost

	fmt.Fprintf(out, "\nQueries to paste in the explorer, one at a time:\n\n%s\n", strings.Join(queries(example), "\n"))
	return nil
}

// findExample reads the commitment that the welcome leads to, with its process. Only the database knows its reference,
// since the month in which it was created is part of that.
func findExample(ctx context.Context, service *consultation.Service) (*ent.Commitment, error) {
	sample, err := readSample()
	if err != nil {
		return nil, fmt.Errorf("demo: read the sample: %w", err)
	}
	c, err := service.Read.Commitment.Query().WithProcess().Where(commitment.Number(exampleNumber),
		commitment.HasProcessWith(process.Slug(sample.process.Slug))).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("demo: find commitment %d: %w", exampleNumber, err)
	}
	return c, nil
}

// reachable returns the address to type: when the server listens on every interface, this is the one of this machine.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// queries returns the queries that outside clients rely on: the page of the process, the page of a
// commitment, and signing in.
func queries(c *ent.Commitment) []string {
	return []string{
		fmt.Sprintf(processQuery, c.Edges.Process.Slug),
		fmt.Sprintf(commitmentQuery, c.Reference),
		fmt.Sprintf(signInMutation, "participant@example.org", password),
	}
}

const processQuery = `query {
  process(slug: %q) {
    id streamCursor axes { id title }
    commitments(first: 20) { totalCount nodes { id number reference title supportCount commentCount } }
  }
}
`

const commitmentQuery = `query {
  commitment(reference: %q) {
    id number title bodyHtml streamCursor
    version { number author { name } }
    versions { totalCount }
    amendments(first: 10) { totalCount nodes { id state mergeState author { name } } }
    comments(first: 20, orderBy: OLDEST) {
      totalCount
      nodes { id body bodyHtml depth parent { id } replyCount alignment createdAt author { name } }
      pageInfo { hasNextPage endCursor }
    }
    supports(first: 5) { totalCount nodes { supporter { name } } }
  }
}
`

const signInMutation = `mutation {
  signIn(input: {email: %q, password: %q}) { token viewer { user { id name } } }
}
`
