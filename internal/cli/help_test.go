package cli

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
)

// TestHelpWidth: no line of any command's help is wider than a terminal of 80 columns, but for examples, which are
// typed as they are.
func TestHelpWidth(t *testing.T) {
	eachCommand(newRoot(term.Streams{}), func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		var out bytes.Buffer
		if code := Main(append(path, "--help"), &out, &out); code != exitDone {
			t.Fatalf("%s --help: exit code %d, %s", cmd.CommandPath(), code, &out)
		}
		text := out.String()
		if cmd.Long != "" && !strings.Contains(strings.Join(strings.Fields(text), " "),
			strings.Join(strings.Fields(cmd.Long), " ")) {
			t.Errorf("%s --help lacks words of its description", cmd.CommandPath())
		}
		for _, line := range strings.Split(text, "\n") {
			if utf8.RuneCountInString(line) > term.PipedHelp && !strings.HasPrefix(line, "  amgen ") {
				t.Errorf("%s --help: a line of %d columns: %s", cmd.CommandPath(), utf8.RuneCountInString(line), line)
			}
		}
	})
}

// sentence matches how a description begins.
var sentence = regexp.MustCompile(`^[A-Z]`)

// TestHelpIsPlain: descriptions are sentences, and the help of a flag is a noun phrase or an imperative.
func TestHelpIsPlain(t *testing.T) {
	eachCommand(newRoot(term.Streams{}), func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		if !sentence.MatchString(cmd.Short) || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: the line %q begins in lower case, or ends with a period", path, cmd.Short)
		}
		if cmd.Long != "" && (!sentence.MatchString(cmd.Long) || !strings.HasSuffix(cmd.Long, ".")) {
			t.Errorf("%s: the description begins in lower case, or has no period at its end: %q", path, cmd.Long)
		}
		var grouped, loose []string
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			for _, fault := range faultsOf(f) {
				t.Errorf("%s --%s: %s: %q", path, f.Name, fault, f.Usage)
			}
			switch group := flags.GroupOf(f); {
			case slices.Contains(flags.Groups, group):
				grouped = append(grouped, f.Name)
			case f.Name != "help":
				loose = append(loose, f.Name)
			}
		})
		if len(grouped) > 0 && len(loose) > 0 {
			t.Errorf("%s: flags %q are in no group of flagGroups, and others are", path, loose)
		}
	})
	for _, path := range [][]string{{"train"}, {"sample"}, {"eval", "fid"}, {"eval", "points"}, {"eval", "bpd"}} {
		cmd, _, err := newRoot(term.Streams{}).Find(path)
		if err != nil || flags.GroupOf(cmd.Flags().Lookup("backend")) != flags.ComputeGroup {
			t.Errorf("%q has no groups: %v", path, err)
		}
	}
}

// eachCommand visits a command and all below it.
func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		eachCommand(sub, visit)
	}
}

// faultsOf says what is wrong with the help of a flag. The name of its value, in backquotes, comes before the sentence
// and isn't a word of it.
func faultsOf(f *pflag.Flag) (faults []string) {
	add := func(wrong bool, what string) {
		if wrong {
			faults = append(faults, what)
		}
	}
	value, text := flags.ValueAndText(f)
	quoted := strings.HasPrefix(f.Usage, "`")
	add(text == "", "has no help")
	add(strings.HasPrefix(text, "of "), "begins with \"of\"")
	add(strings.HasSuffix(text, "."), "ends with a period")
	first, _ := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text, " ")
	add(unicode.IsUpper(first) && strings.ToUpper(word) != word && !strings.HasPrefix(word, "Adam"),
		"begins with a capital")
	before, _, several := strings.Cut(f.Usage, "`")
	add(several && before != "", "has a name in backquotes that isn't at its beginning")
	if quoted {
		words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;:()", r) })
		add(slices.Contains(words, value), "has "+value+" in its sentence")
	}
	add(strings.Count(text+flags.DefaultText(f), "(default ") > 1 && f.Name != "action", "tells two defaults")
	return faults
}

// TestFaultsOfHelp: the help that flags had before.
func TestFaultsOfHelp(t *testing.T) {
	for usage, faults := range map[string]int{
		"":                                      1,
		"of the loss: a, b":                     1,
		"run `DIR` (default: the newest)":       1,
		"`WHICH` of the run's: latest":          1,
		"`K` compute a batch in K parts":        1,
		"Number of samples.":                    2,
		"`DIR` run directory (default: newest)": 0,
		"`I/N` part, as in 0/4; `amgen eval merge` combines the parts": 0,
		"ODE or SDE solver":    0,
		"Adam's learning rate": 0,
	} {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.String("x", "", usage)
		if got := faultsOf(set.Lookup("x")); len(got) != faults {
			t.Errorf("%q: %q, want %d faults", usage, got, faults)
		}
	}
}
