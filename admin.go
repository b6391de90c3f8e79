package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"ensemble/consultation"
)

// errAdminUsage says how site administrators are made on the command line.
var errAdminUsage = errors.New("use admin grant -reason TEXT EMAIL, admin revoke -reason TEXT EMAIL or admin list")

// adminCommand does what was asked for on the command line.
type adminCommand func(ctx context.Context, service *consultation.Service, out io.Writer) error

// readAdmin reads a command that makes site administrators, or no more, or lists them.
func readAdmin(args []string) (adminCommand, error) {
	switch {
	case slices.Equal(args, []string{"list"}):
		return listAdmins, nil
	case len(args) == 0 || args[0] != "grant" && args[0] != "revoke":
		command := strings.TrimSpace("admin " + strings.Join(args, " "))
		return nil, fmt.Errorf("unknown command %q: %w", command, errAdminUsage)
	}

	flags := flag.NewFlagSet("ensemble admin "+args[0], flag.ContinueOnError)
	reason := flags.String("reason", "", "why, for the audit: 1 to 2000 code points, without names; required")

	email, err := between(flags, args[1:])
	if err != nil {
		return nil, err
	}

	if strings.TrimSpace(*reason) == "" {
		return nil, fmt.Errorf("say why, for the audit: ensemble admin %s -reason TEXT %s", args[0], email)
	}

	return func(ctx context.Context, service *consultation.Service, _ io.Writer) error {
		return service.SetSiteAdmin(ctx, email, args[0] == "grant", *reason)
	}, nil
}

// between reads flags before and after the only argument, and returns that.
func between(flags *flag.FlagSet, args []string) (string, error) {
	if err := flags.Parse(args); err != nil {
		return "", err
	}

	only := flags.Arg(0)
	if flags.NArg() > 1 {
		if err := flags.Parse(flags.Args()[1:]); err != nil {
			return "", err
		}
		if flags.NArg() > 0 {
			return "", errAdminUsage
		}
	}

	if only == "" {
		return "", errAdminUsage
	}

	return only, nil
}

// listAdmins prints a line for each site administrator: address, nickname, name.
func listAdmins(ctx context.Context, service *consultation.Service, out io.Writer) error {
	admins, err := service.SiteAdmins(ctx)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, a := range admins {
		fmt.Fprintf(table, "%s\t@%s\t%s\n", orDash(a.Email), orDash(a.Nickname), a.Name)
	}
	return errors.Join(err, table.Flush())
}

// orDash returns the text of a column that may be empty, or a dash when it is.
func orDash(s *string) string {
	if s == nil {
		return "—"
	}
	return *s
}
