package flags

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whole numbers: decimal ones, and those of another base, with underscores between digits.
var (
	decimalDigits = regexp.MustCompile(`^[0-9]+(_[0-9]+)*$`)
	otherBase     = regexp.MustCompile(`^0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*$|` +
		`^0[oO][0-7]+(_[0-7]+)*$|^0[bB][01]+(_[01]+)*$`)
)

// integer reads a whole number, wherever a flag takes one: decimal digits, as in 500, +5 and 1_000, or 0x, 0o or 0b
// before the digits of another base. Leading zeros mean nothing: scripts write 007, and no octal number. It returns the
// number in plain decimal digits, of any size.
func integer(text string) (string, error) {
	const longest = 100
	digits := text
	if text != "" && (text[0] == '+' || text[0] == '-') {
		digits = text[1:]
	}
	base := 10
	switch {
	case len(digits) > longest:
		return "", fmt.Errorf("a number of %d characters is none", len(digits))
	case otherBase.MatchString(digits):
		base = 0
	case !decimalDigits.MatchString(digits):
		return "", fmt.Errorf("%q is no whole number", text)
	default:
		digits = strings.ReplaceAll(digits, "_", "")
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return "", fmt.Errorf("%q is no whole number", text)
	}
	if text[0] == '-' {
		n.Neg(n)
	}
	return n.String(), nil
}

// parseInteger is [integer] as an int64 of at most so many bits.
func parseInteger(text string, bits int) (int64, error) {
	digits, err := integer(text)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(digits, 10, bits)
}

// integerFlag has a flag read whole numbers by [integer]. Alone, pflag takes 010 for 8.
type integerFlag struct{ pflag.Value }

// Set implements pflag.Value.
func (f integerFlag) Set(text string) error {
	var list []string
	for part := range strings.SplitSeq(withoutSpaces(text), ",") { // of a list; a single number has no comma
		digits, err := integer(part)
		if err != nil {
			return err
		}
		list = append(list, digits)
	}
	if err := f.Value.Set(strings.Join(list, ",")); err != nil {
		if len(list) > 1 && f.Type() != "intSlice" {
			return err
		}
		return fmt.Errorf("%w: %s", strconv.ErrRange, text) // pflag doesn't tell
	}
	return nil
}

// withoutSpaces is a list without the spaces around its commas.
func withoutSpaces(text string) string {
	parts := strings.Split(text, ",")
	for i := range parts {
		if i > 0 {
			parts[i] = strings.TrimLeft(parts[i], " ")
		}
		if i < len(parts)-1 {
			parts[i] = strings.TrimRight(parts[i], " ")
		}
	}
	return strings.Join(parts, ",")
}

// spacedFlag is a list of numbers that may have spaces around its commas.
type spacedFlag struct{ pflag.Value }

// Set implements pflag.Value.
func (f spacedFlag) Set(text string) error { return f.Value.Set(withoutSpaces(text)) }

// ReadIntegers has all flags of a command, and of those below it, read whole numbers by [integer], and lists of numbers
// with spaces around their commas.
func ReadIntegers(cmd *cobra.Command) {
	for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			switch f.Value.Type() {
			case "int", "int64", "uint", "uint64", "int32", "uint32", "intSlice":
				if _, done := f.Value.(integerFlag); !done {
					f.Value = integerFlag{f.Value}
				}
			case "float64Slice":
				if _, done := f.Value.(spacedFlag); !done {
					f.Value = spacedFlag{f.Value}
				}
			}
		})
	}
	for _, sub := range cmd.Commands() {
		ReadIntegers(sub)
	}
}
