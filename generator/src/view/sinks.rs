//! What the templates show of where a pipeline's records are stored: one member a sink.

use serde::Serialize;
use sluice_contract::stack::{Pipeline, Sink};

use super::http::HttpView;
use super::lake::LakeView;
use super::latest::LatestView;
use super::table::TableView;

#[derive(Debug, Default, Serialize)]
pub(super) struct SinksView {
    table: Option<TableView>,
    lake: Option<LakeView>,
    latest: Option<LatestView>,
    http: Option<HttpView>,
}

impl SinksView {
    pub(super) fn new(pipeline: &Pipeline) -> SinksView {
        let mut view = SinksView::default();
        for sink in &pipeline.sinks {
            match sink {
                Sink::Table(table) => view.table = Some(TableView::new(pipeline, table)),
                Sink::Lake(lake) => {
                    view.lake = Some(LakeView::new(pipeline, lake));
                    view.latest = LatestView::new(pipeline, lake);
                }
                Sink::Http(http) => view.http = Some(HttpView::new(pipeline, http)),
            }
        }
        view
    }
}
