package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Bounds on what is shown of a report: rows of a table, columns, and runes of a text.
const mostRows, mostColumns, longestText = 60, 16, 300

// flat are the fields of a JSON value with those of the objects in it, as "measure.count", by their names.
func flat(value any) (rows []fact) {
	object, ok := value.(map[string]any)
	if !ok {
		return []fact{{"", text(value)}}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		for _, row := range flat(object[key]) {
			row.Name = strings.TrimSuffix(key+"."+row.Name, ".")
			rows = append(rows, row)
		}
	}
	return rows
}

// text is a JSON value that is no object, as people read it.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return dash
	case string:
		return cut(v, longestText)
	case float64:
		if v == float64(int64(v)) {
			return strconv.FormatInt(int64(v), 10)
		}
		return fmt.Sprintf("%.6g", v)
	case []any:
		words := make([]string, 0, len(v))
		for _, one := range v[:min(len(v), longestText/2)] {
			words = append(words, text(one))
		}
		return cut(strings.Join(words, ", "), longestText)
	case map[string]any:
		text, err := json.Marshal(v)
		if err != nil {
			return dash
		}
		return cut(string(text), longestText)
	}
	return cut(fmt.Sprint(value), longestText)
}

// grid is a table of objects.
type grid struct {
	Title   string
	Columns []string
	Rows    [][]string
	Left    int // rows that aren't shown
}

// grids takes the lists of objects from a report, each as a table.
func grids(report map[string]any) (list []grid) {
	for _, key := range slices.Sorted(maps.Keys(report)) {
		objects, ok := report[key].([]any)
		if !ok || len(objects) == 0 || slices.ContainsFunc(objects, func(v any) bool {
			_, is := v.(map[string]any)
			return !is
		}) {
			continue
		}
		delete(report, key)
		list = append(list, gridOf(key, objects))
	}
	return list
}

func gridOf(title string, objects []any) grid {
	g := grid{Title: title, Left: max(0, len(objects)-mostRows)}
	var rows []map[string]string
	for _, o := range objects[:min(len(objects), mostRows)] {
		row := map[string]string{}
		for _, f := range flat(o) {
			if !slices.Contains(g.Columns, f.Name) {
				if len(g.Columns) == mostColumns {
					continue
				}
				g.Columns = append(g.Columns, f.Name)
			}
			row[f.Name] = f.Text
		}
		rows = append(rows, row)
	}
	if k := slices.Index(g.Columns, "name"); k > 0 { // what the row is of
		g.Columns = slices.Insert(slices.Delete(g.Columns, k, k+1), 0, "name")
	}
	for _, row := range rows {
		texts := make([]string, len(g.Columns))
		for i, column := range g.Columns {
			texts[i] = dash
			if shown, has := row[column]; has {
				texts[i] = shown
			}
		}
		g.Rows = append(g.Rows, texts)
	}
	return g
}
