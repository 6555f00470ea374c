package flags

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/term"
)

// Listed are the flags of a set that help shows.
func Listed(f *pflag.FlagSet) (list []*pflag.Flag) {
	f.VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden && flag.Deprecated == "" {
			list = append(list, flag)
		}
	})
	return list
}

// Tables is the help of a command's flags: a table for each group, and one for flags that are in none.
func Tables(f *pflag.FlagSet, width int) string {
	list := Listed(f)
	hasGroups := slices.ContainsFunc(list, func(flag *pflag.Flag) bool { return GroupOf(flag) != "" })
	var b strings.Builder
	for _, group := range append(slices.Clone(Groups), "") {
		members := slices.DeleteFunc(slices.Clone(list), func(flag *pflag.Flag) bool { return GroupOf(flag) != group })
		if len(members) == 0 {
			continue
		}
		title := "Flags"
		switch {
		case group != "":
			title = strings.ToUpper(group[:1]) + group[1:] + " flags"
		case hasGroups:
			title = "Other flags"
		}
		fmt.Fprintf(&b, "\n%s:\n%s", title, Table(members, width))
	}
	return b.String()
}

// Table has the flags on the left, and their help on the right, in lines of at most width columns.
func Table(list []*pflag.Flag, width int) string {
	const least = 20 // columns of text, however narrow the terminal is
	heads := make([]string, len(list))
	column := 0
	for i, flag := range list {
		heads[i] = "      --" + flag.Name
		if flag.Shorthand != "" {
			heads[i] = "  -" + flag.Shorthand + ", --" + flag.Name
		}
		if value, _ := ValueAndText(flag); value != "" {
			heads[i] += " " + value
		}
		column = max(column, utf8.RuneCountInString(heads[i])+3)
	}
	var b strings.Builder
	for i, flag := range list {
		_, text := ValueAndText(flag)
		for k, line := range term.WrapLines(text+DefaultText(flag), max(width-column, least)) {
			head := ""
			if k == 0 {
				head = heads[i]
			}
			fmt.Fprintf(&b, "%s%s%s\n", head, strings.Repeat(" ", column-utf8.RuneCountInString(head)), line)
		}
	}
	return b.String()
}

// ValueAndText are the name that help gives a flag's value, "" for a switch, and what the flag is. Help that begins
// with a name in backquotes calls the value so.
func ValueAndText(flag *pflag.Flag) (value, text string) {
	value, text = pflag.UnquoteUsage(flag)
	if strings.HasPrefix(flag.Usage, "`") {
		text = strings.TrimPrefix(text, value+" ")
	}
	kinds := map[string]string{"int": "N", "ints": "N,…", "float": "X", "float64Slice": "X,…", "string": "TEXT"}
	return cmp.Or(kinds[value], value), text
}

// DefaultText is the default of a flag as help ends with it, "" for a zero value and one that the help tells itself.
func DefaultText(flag *pflag.Flag) string {
	if slices.Contains([]string{"", "0", "0s", "false", "[]"}, flag.DefValue) {
		return ""
	}
	return fmt.Sprintf(" (default %s)", flag.DefValue)
}
