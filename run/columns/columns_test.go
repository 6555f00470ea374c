package columns

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/flows/science"
)

// A configuration is told what to write, and no order of labels is proposed, since it would be that of the file.
func TestAdviseColumns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(file, []byte("x,stage\n1,late\n2,early\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := science.ReadSnapshots(file, science.Columns{})
	var ask science.ColumnsError
	if !errors.As(err, &ask) {
		t.Fatal(err)
	}
	for want, choice := range map[string]science.Columns{
		`time_order = [LABELS] into c.toml, the earliest first; in the file they come as ["late", "early"]`: ask.Choice,
		`write drop = ["a", "b \"c\""] into c.toml`:                                                         {Drop: []string{"a", `b "c"`}},
		`write time_column = "NAME" into c.toml`:                                                            {},
	} {
		ask.Choice = choice
		if got := Advise(ask, "c.toml").Error(); !strings.HasSuffix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
