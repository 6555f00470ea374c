package summary

import (
	"slices"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/tomltext"
	"github.com/amgen/amgen/run"
)

// Setting is one of a configuration, as text.
type Setting struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Settings are all settings of a configuration. The text is empty where config.toml leaves the setting out: a size of
// images 0 in a run on points is no size. There are none of a configuration that can't be read.
func Settings(c run.Config) []Setting {
	list := []Setting{}
	if c.Dataset == "" {
		return list
	}
	var file map[string]any
	text, err := c.TOML()
	if err == nil {
		err = tomltext.DecodeAny(text, &file)
	}
	for _, s := range run.Settings() {
		zero := s.Key == "smoothing" && science.HasSnapshots(c.Dataset) // 0 is left out of the file, and is a value
		if _, has := file[s.Key]; has || err != nil || zero {
			list = append(list, Setting{s.Key, s.Text(c)})
		} else {
			list = append(list, Setting{Key: s.Key})
		}
	}
	return list
}

// Difference is a setting in which runs differ, and its text in each of them.
type Difference struct {
	Key   string   `json:"key"`
	Texts []string `json:"texts"`
}

// Differing are the settings in which runs differ. Runs whose configuration can't be read have empty texts.
func Differing(list []Summary) (differ []Difference) {
	of := make([][]Setting, len(list))
	for i, s := range list {
		of[i] = Settings(s.Config)
	}
	for k, s := range run.Settings() {
		texts, first, same := make([]string, len(list)), -1, true
		for i := range list {
			if len(of[i]) == 0 {
				continue
			}
			if texts[i] = of[i][k].Text; first < 0 {
				first = i
			}
			same = same && texts[i] == texts[first]
		}
		if !same {
			differ = append(differ, Difference{s.Key, texts})
		}
	}
	return slices.Clip(differ)
}
