//! The table of figures and budgets.

#[derive(Default)]
pub(crate) struct Table(Vec<[String; 5]>);

impl Table {
    pub(crate) fn most(&mut self, figure: &str, value: f64, budget: f64, unit: &str, note: &str) {
        self.row(figure, value, format!("≤ {budget} {unit}"), unit, value <= budget, note);
    }

    pub(crate) fn least(&mut self, figure: &str, value: f64, budget: f64, unit: &str, note: &str) {
        self.row(figure, value, format!("≥ {budget} {unit}"), unit, value >= budget, note);
    }

    fn row(&mut self, figure: &str, value: f64, budget: String, unit: &str, kept: bool, note: &str) {
        let verdict = if kept { "kept" } else { "MISSED" };
        let cells = [figure, &format!("{value:.2} {unit}"), &budget, verdict, note];
        self.0.push(cells.map(str::to_owned));
    }

    pub(crate) fn print(&self) {
        println!("\n| figure | measured | budget | | |\n|---|---|---|---|---|");
        for cells in &self.0 {
            println!("| {} |", cells.join(" | "));
        }
    }
}
