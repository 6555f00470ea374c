package run

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/columns"
)

// ConfigError says that settings are wrong, or don't go together. It calls them by their keys.
type ConfigError = mistake.Error

// Setting is a field of [Config].
type Setting struct {
	Key     string // in TOML, such as lr_decay
	Comment string // in TOML; "" for a key that says it all
	Resumes bool   // a resumed run may have another value, which changes nothing that a step computes
	index   int
}

// settings are those of Config's fields that a user may set.
var settings = func() (list []Setting) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if kind := f.Tag.Get("setting"); key != "" && kind != "-" {
			list = append(list, Setting{Key: key, Comment: f.Tag.Get("comment"), Resumes: kind == "resumes", index: i})
		}
	}
	return list
}()

// Settings lists the settings of a configuration in the order of config.toml. A command can make its flags of them.
func Settings() []Setting { return slices.Clone(settings) }

// Pointer points to the setting in a configuration: *string, *int, *int64, *float64, *bool, *[]string or *[]int.
func (s Setting) Pointer(c *Config) any {
	return reflect.ValueOf(c).Elem().Field(s.index).Addr().Interface()
}

// Copy sets the setting to as it is in another configuration.
func (s Setting) Copy(to *Config, from Config) {
	reflect.ValueOf(to).Elem().Field(s.index).Set(reflect.ValueOf(from).Field(s.index))
}

// isSet tells whether the configuration has the setting, where not having it stands for a default.
func (s Setting) isSet(c Config) bool { return !reflect.ValueOf(c).Field(s.index).IsZero() }

// Text is the value of the setting as checkpoints keep it: plain text, of names in the form of CSV, of numbers with
// commas between.
func (s Setting) Text(c Config) string {
	switch v := reflect.ValueOf(c).Field(s.index).Interface().(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []string:
		return columns.Line(v)
	case []int:
		var words []string
		for _, n := range v {
			words = append(words, strconv.Itoa(n))
		}
		return strings.Join(words, ",")
	default:
		return fmt.Sprint(v)
	}
}

// kept is the name of the setting in checkpoints.
func (s Setting) kept() string { return strings.ReplaceAll(s.Key, "_", "-") }

// fieldOf is the type of the field of a key.
func fieldOf(key string) (reflect.Type, bool) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name == key {
			return f.Type, true
		}
	}
	return nil, false
}

// sameBits tells whether two names of engines, options included, round alike: workers and memory change no bit.
func sameBits(was, now string) bool {
	a, errA := engine.Parse(was)
	b, errB := engine.Parse(now)
	return was == now || errA == nil && errB == nil && a.Rounding() == b.Rounding()
}

// Deciding are the texts of the settings that decide the bits of a run, as its checkpoints keep them: a resumed run
// that has the same goes on to the same bits. Where files are isn't among them, since their hash tells whether they
// are the same files.
func (c Config) Deciding() map[string]string {
	if dir, folder := imaging.CutFolder(c.Dataset); folder && dir != "" {
		c.Dataset = imaging.FolderName("…")
	} else if files, snapshots := science.CutSnapshots(c.Dataset); snapshots && files != "" {
		c.Dataset = science.SnapshotsName("…")
	}
	if c.Distill != "" {
		c.Distill = "…"
	}
	all := map[string]string{}
	c = c.whole()
	for _, s := range settings {
		if !s.Resumes {
			all[s.kept()] = s.Text(c)
		}
	}
	return all
}

// addedLater are settings that checkpoints from before don't keep, with what these runs had.
var addedLater = map[string]string{"ema-warmup": "0", "growth-cost": "0", "masses": "", "fit": "", "augment": "0"}

// keptText is a setting in those of a checkpoint.
func keptText(was map[string]string, kept string) (text string, known bool) {
	if text, known = was[kept]; !known {
		text, known = addedLater[kept]
	}
	return text, known
}

// Change is a setting that a resumed run has otherwise than before.
type Change struct{ Key, Was, Now string }

// Changes lists what decides the bits of a run and is otherwise than it was, in the order of the keys. was is of
// [Config.Deciding], or of a checkpoint. A setting that was not there yet is none, and neither is another engine of
// the same bits.
func Changes(was map[string]string, c Config) (list []Change) {
	now := c.Deciding()
	for _, s := range settings {
		before, known := keptText(was, s.kept())
		if after := now[s.kept()]; known && before != after && !(s.Key == "backend" && sameBits(before, after)) {
			list = append(list, Change{s.Key, before, after})
		}
	}
	slices.SortFunc(list, func(a, b Change) int {
		return cmp.Compare(strings.ReplaceAll(a.Key, "_", "-"), strings.ReplaceAll(b.Key, "_", "-"))
	})
	return list
}

// Refuse is the error for changes that a resumed run can't have; where is what has the settings as they were.
func Refuse(list []Change, where string) error {
	var lines, free []string
	var args []any
	for _, c := range list {
		lines = append(lines, "{"+c.Key+"} is %s in %s and cannot become %s")
		args = append(args, cmp.Or(c.Was, "not set"), where, cmp.Or(c.Now, "unset"))
	}
	for _, s := range settings {
		if s.Resumes {
			free = append(free, "{"+s.Key+"}")
		}
	}
	return mistake.New(strings.Join(lines, ", ")+" by {resume|resuming}; only "+strings.Join(free,
		", ")+" may change; {force} allows other changes, but not of the network or the classes", args...)
}
