package config

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// setting returns an environment variable, or otherwise when it is not set. A variable that is set to "" counts as set.
func setting(name, otherwise string) string {
	if value, ok := os.LookupEnv("ENSEMBLE_" + name); ok {
		return value
	}
	return otherwise
}

// settings returns all environment variables whose names begin with ENSEMBLE_ and the prefix, without both.
func settings(prefix string) map[string]string {
	all := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if name, ok := strings.CutPrefix(name, "ENSEMBLE_"+prefix); ok {
			all[name] = value
		}
	}
	return all
}

// number reads a setting that is a whole number, at least least and below a million.
func number(name string, otherwise, least int) (int, error) {
	n, err := strconv.Atoi(setting(name, strconv.Itoa(otherwise)))
	if err != nil || n < least || n >= 1_000_000 {
		return 0, fmt.Errorf("ENSEMBLE_%s: not a whole number from %d to 999999", name, least)
	}
	return n, nil
}

// wanted is a number to read: where to store it, its name, its usual value, and the least value allowed.
type wanted struct {
	to               *int
	name             string
	otherwise, least int
}

// numbers reads several of them, up to the first that is wrong.
func numbers(all ...wanted) (err error) {
	for _, n := range all {
		if *n.to, err = number(n.name, n.otherwise, n.least); err != nil {
			return err
		}
	}
	return nil
}

// choice reads a setting that has two values, and reports whether it has the one that is not usual.
func choice(name, usual, other string) (bool, error) {
	switch setting(name, usual) {
	case usual:
		return false, nil
	case other:
		return true, nil
	}
	return false, fmt.Errorf("ENSEMBLE_%s: neither %s nor %s", name, usual, other)
}
